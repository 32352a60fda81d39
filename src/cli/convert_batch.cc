#include "cli/convert_batch.h"

#include <signal.h>
#include <string.h>

#include <algorithm>
#include <map>

#include "base/path.h"
#include "base/text.h"
#include "base/thread_pool.h"
#include "base/utf8.h"
#include "cli/status_lines.h"
#include "cli/worker_processes.h"
#include "convert/output_place.h"
#include "report/printers.h"

namespace smcli {
namespace {

constexpr std::string_view kNotBegun = "not begun, since another model failed";

struct BatchEntry {
  enum class State { kWaiting, kDone, kSkipped, kFailed };
  std::string model;
  std::string out;
  State state = State::kWaiting;
  std::string error;
};

// "a/b/" -> "b"; of "." and ".." what they are called is not known.
Result<std::string> OutputName(const std::string& model, const Converter& converter) {
  const std::string_view name = BaseName(model);
  if (name.empty() || name == "." || name == "..") {
    return UsageError("{}: gives no name to its output; name the folder by its own name", Quoted(model));
  }
  return converter.extension.empty() ? std::string(name) : fmt::format("{}.{}", name, converter.extension);
}

// What a checkpoint's writer appends belongs to a name too.
Result<std::vector<BatchEntry>> NameOutputs(const Converter& converter, const BatchOptions& options) {
  std::vector<BatchEntry> entries;
  std::map<std::string, const std::string*> owner;
  for (const std::string& model : options.models) {
    SMCLI_ASSIGN_OR_RETURN(const std::string name, OutputName(model, converter));
    const auto [at, is_new] = owner.emplace(name, &model);
    if (!is_new) {
      return UsageError("{} and {} would both become {}; convert them in two batches", *at->second, model,
                        JoinPath(options.outdir, name));
    }
    entries.push_back({model, JoinPath(options.outdir, name), {}, {}});
  }
  return entries;
}

// The last line it said is the reason; others are warnings.
std::string TakeReason(Env& env, const std::string& model, const WorkerExit& end) {
  std::string reason;
  const std::string prefix = env.program + ": ";
  std::string_view text = end.messages;
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t line_end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, line_end);
    text.remove_prefix(std::min(line_end + 1, text.size()));
    if (line.starts_with(prefix)) line.remove_prefix(prefix.size());
    if (!line.empty()) lines.push_back(line);
  }
  const bool failed = end.status != 0;
  if (failed && !lines.empty()) {
    reason = lines.back();
    lines.pop_back();
  }
  for (const std::string_view line : lines) env.Warn(fmt::format("{}: {}", model, line));
  if (end.signal != 0) {
    reason = fmt::format("its process was ended by signal {} ({}){}{}", end.signal, strsignal(end.signal),
                         reason.empty() ? "" : "; before that: ", reason);
  }
  return failed && reason.empty() ? fmt::format("its process ended with status {}", end.status) : reason;
}

class Batch {
 public:
  Batch(Env& env, const ConversionOrder& order, const BatchOptions& options, std::vector<BatchEntry> entries)
      : env_(env), order_(order), options_(options), entries_(std::move(entries)), progress_(env) {}

  Result<int> Run() {
    SMCLI_RETURN_IF_ERROR(env_.files->MakeDirectories(options_.outdir));
    for (size_t i = 0; i < entries_.size(); ++i) {
      if (options_.skip_existing && OutputExists(*env_.files, order_.converter->product, entries_[i].out)) {
        entries_[i].state = BatchEntry::State::kSkipped;
      } else {
        tasks_.push_back(i);
      }
    }
    SMCLI_RETURN_IF_ERROR(Work());
    progress_.Clear();
    for (BatchEntry& entry : entries_) {
      if (entry.state == BatchEntry::State::kWaiting) entry.error = kNotBegun;
    }
    return Tell();
  }

 private:
  Status Work() {
    const int64_t cores = AvailableCores();
    const auto count = static_cast<int64_t>(tasks_.size());
    const int64_t jobs = std::clamp<int64_t>(options_.jobs > 0 ? options_.jobs : cores, 1, std::max<int64_t>(count, 1));
    if (env_.threads == 0) env_.threads = std::max<int64_t>(cores / jobs, 1);
    WorkerPlan plan;
    plan.tasks = tasks_.size();
    plan.workers = static_cast<size_t>(jobs);
    plan.run = [&](size_t task) { return RunOne(entries_[tasks_[task]]); };
    plan.ended = [&](size_t task, const WorkerExit& end) { return Finish(entries_[tasks_[task]], end); };
    if (progress_.shown()) {
      plan.idle = [&](const std::vector<RunningWorker>& running) { ShowProgress(running); };
    }
    return RunWorkers(plan);
  }

  // In a process of its own.
  int RunOne(const BatchEntry& entry) {
    const Status status = RunConversion(env_, order_, entry.model, entry.out);
    if (status.ok()) return 0;
    env_.Warn(status.error().message());
    return ExitCode(status.error().kind());
  }

  bool Finish(BatchEntry& entry, const WorkerExit& end) {
    progress_.Clear();
    entry.error = TakeReason(env_, entry.model, end);
    entry.state = end.status == 0 ? BatchEntry::State::kDone : BatchEntry::State::kFailed;
    if (end.signal != 0) RemoveStaged(*env_.files, order_.converter->product, entry.out, end.process);
    if (end.status != 0) {
      env_.Warn(entry.error.starts_with(entry.model) ? entry.error : fmt::format("{}: {}", entry.model, entry.error));
    }
    return end.status == 0 || options_.keep_going;
  }

  void ShowProgress(const std::vector<RunningWorker>& running) {
    std::vector<std::string> lines;
    const auto now = std::chrono::steady_clock::now();
    for (const RunningWorker& worker : running) {
      const std::chrono::duration<double> seconds = now - worker.begin;
      lines.push_back(fmt::format("  {:6.1f} s  {}", seconds.count(), Escaped(entries_[tasks_[worker.task]].model)));
    }
    lines.push_back(fmt::format("  {} of {} models, {} failed", entries_.size() - Count(BatchEntry::State::kWaiting),
                                entries_.size(), Count(BatchEntry::State::kFailed)));
    progress_.Show(lines);
  }

  size_t Count(BatchEntry::State state) const {
    return static_cast<size_t>(std::ranges::count(entries_, state, &BatchEntry::state));
  }

  Report MakeReport() const {
    Report report;
    report.schema = "smcli.convert/1";
    Table table;
    Value::List results;
    table.columns = {{"model", "model"}, {"result", "result"}, {"reason", "output"}};
    for (const BatchEntry& entry : entries_) {
      const bool ok = entry.state == BatchEntry::State::kDone || entry.state == BatchEntry::State::kSkipped;
      Report result;
      result.Add("model", "", Value::Text(entry.model));
      result.Add("ok", "", Value(ok));
      if (ok) result.Add("output", "", Value::Text(entry.out));
      if (ok) result.Add("skipped", "", Value(entry.state == BatchEntry::State::kSkipped));
      if (!ok) result.Add("error", "", Value::Text(entry.error));
      results.push_back(Value::Of(std::move(result.fields)));
      const char* word = !ok ? "failed" : entry.state == BatchEntry::State::kSkipped ? "was there" : "done";
      table.Add({Value::Text(entry.model), Value::Text(word), Value::Text(ok ? entry.out : entry.error)});
    }
    const size_t failed = Count(BatchEntry::State::kFailed) + Count(BatchEntry::State::kWaiting);
    report.Add("models", "models", Value::Count(static_cast<int64_t>(entries_.size())));
    report.Add("failed", "failed", Value::Count(static_cast<int64_t>(failed)));
    report.Add("results", "", Value::Of(std::move(results)));
    report.Add("", "results", Value::Of(std::move(table)));
    return report;
  }

  Result<int> Tell() {
    const Report report = MakeReport();
    if (options_.report) {
      std::string json;
      FindPrinter("json")->print(report, {}, &json);
      SMCLI_RETURN_IF_ERROR(WriteFile(*env_.files, *options_.report, json));
    }
    SMCLI_RETURN_IF_ERROR(env_.Print(report));
    return Count(BatchEntry::State::kFailed) > 0 ? 1 : 0;
  }

  Env& env_;
  const ConversionOrder& order_;
  const BatchOptions& options_;
  std::vector<BatchEntry> entries_;
  std::vector<size_t> tasks_;  // entries that are not there yet
  StatusLines progress_;
};

}  // namespace

Result<int> RunBatch(Env& env, const ConversionOrder& order, const BatchOptions& options) {
  if (options.outdir.empty()) return UsageError("a batch needs --outdir");
  SMCLI_ASSIGN_OR_RETURN(std::vector<BatchEntry> entries, NameOutputs(*order.converter, options));
  if (options.report && !env.overwrite && env.files->Kind(*options.report) == FileKind::kDirectory) {
    return UsageError("--report {}: is a folder", *options.report);
  }
  return Batch(env, order, options, std::move(entries)).Run();
}

}  // namespace smcli
