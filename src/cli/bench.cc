// bench: how fast a model runs here.
#include <fmt/format.h>

#include <algorithm>

#include "base/file.h"
#include "base/json.h"
#include "base/thread_pool.h"
#include "base/utf8.h"
#include "cli/command.h"
#include "cli/latency.h"
#include "cli/process_memory.h"
#include "cli/profile_table.h"
#include "cli/run_options.h"

namespace smcli {
namespace {

constexpr double kDefaultSeconds = 3;
constexpr int64_t kMaxRuns = 10'000'000;

// One measured quantity: its key in the JSON, its label, and the figure.
struct Figure {
  std::string_view key;
  std::string_view label;
  double LatencySummary::*member;
};
constexpr Figure kFigures[] = {
    {"min_s", "min", &LatencySummary::min}, {"mean_s", "mean", &LatencySummary::mean},
    {"std_s", "std", &LatencySummary::std}, {"p50_s", "p50", &LatencySummary::p50},
    {"p90_s", "p90", &LatencySummary::p90}, {"p95_s", "p95", &LatencySummary::p95},
    {"p99_s", "p99", &LatencySummary::p99}, {"p999_s", "p99.9", &LatencySummary::p999},
    {"max_s", "max", &LatencySummary::max},
};

class BenchCommand : public CommandBase {
 public:
  void Declare(Flags& flags) override {
    models_.Declare(flags);
    flags.Add("repeat", "N", &repeat_, "runs to measure (default: as many as --duration allows)").least = 0;
    flags.Add("duration", "SECONDS", &duration_s_, "how long to measure (default: 3)").least = 0;
    flags.Add("warmup", "N", &warmup_, "runs before the measurement (default: 3)").least = 0;
    flags.Add("against", "FILE.json", &against_, "compare with an earlier bench --format json");
    flags.Add("tolerance", "PERCENT", &tolerance_, "with --against: exit 1 when the median is slower by more than this")
        .least = 0;
    flags.Switch("no-profile", &no_profile_, "leave the per-op table out");
    flags.Group("What to run");
    graph_.Declare(flags);
    flags.Add("function", "PATH", &function_, "a function of the object graph");
    inputs_.Declare(flags);
    limits_.Declare(flags);
  }

  Result<int> Run(Env& env) override {
    if (duration_s_ == 0 && repeat_ == 0) duration_s_ = kDefaultSeconds;
    if (tolerance_ >= 0 && !against_) return UsageError("--tolerance needs --against FILE.json");
    SMCLI_RETURN_IF_ERROR(limits_.ApplyMemory());
    SMCLI_ASSIGN_OR_RETURN(const std::string path, models_.OnlyPath());
    // Without inputs there is nothing to measure: they are made up, as with --random.
    inputs_.random = inputs_.random || !inputs_.given();
    SMCLI_ASSIGN_OR_RETURN(const GivenInputs given, inputs_.Read(env));
    SMCLI_RETURN_IF_ERROR(ReadBaseline(env));

    const Stopwatch loading;
    SessionOptions options;
    options.threads = static_cast<int>(env.threads);
    RunSelection selection;
    selection.model = path;
    selection.tags = graph_.Tags();
    selection.signature = graph_.signature ? graph_.signature : given.signature;
    selection.function = function_;
    selection.timeout_s = limits_.timeout_s;
    const NumberConversion conversion = inputs_.conversion(env);
    SMCLI_ASSIGN_OR_RETURN(RunTarget target, RunTarget::Open(env, selection, given.values, conversion, options));
    const double load_s = loading.Seconds();
    SMCLI_ASSIGN_OR_RETURN(std::vector<Tensor> fed, target.Fit(given.values, conversion));
    SMCLI_RETURN_IF_ERROR(inputs_.Generate(env, target.declared(), target.has_default(), fed));
    SMCLI_RETURN_IF_ERROR(Measure(target, fed));
    const int64_t peak_bytes = PeakResidentBytes();
    Profile profile;
    if (!no_profile_) SMCLI_RETURN_IF_ERROR(TakeProfile(target, fed, profile));
    return Say(env, path, target.name(), load_s, peak_bytes, profile);
  }

 private:
  Status Measure(RunTarget& target, const std::vector<Tensor>& fed) {
    const Stopwatch first;
    SMCLI_RETURN_IF_ERROR(target.Run(fed));
    first_s_ = first.Seconds();
    for (int64_t i = 1; i < warmup_; ++i) SMCLI_RETURN_IF_ERROR(target.Run(fed));
    const Stopwatch all;
    const int64_t most = repeat_ > 0 ? repeat_ : kMaxRuns;
    do {
      const Stopwatch one;
      SMCLI_RETURN_IF_ERROR(target.Run(fed));
      seconds_.push_back(one.Seconds());
    } while (static_cast<int64_t>(seconds_.size()) < most && (duration_s_ == 0 || all.Seconds() < duration_s_));
    return {};
  }

  static constexpr int kProfiledRuns = 3;
  static Status TakeProfile(RunTarget& target, const std::vector<Tensor>& fed, Profile& profile) {
    target.session().SetProfile(&profile);
    for (int i = 0; i < kProfiledRuns; ++i) SMCLI_RETURN_IF_ERROR(target.Run(fed));
    target.session().SetProfile(nullptr);
    return {};
  }

  Status ReadBaseline(Env& env) {
    if (!against_) return {};
    SMCLI_ASSIGN_OR_RETURN(const std::string text, env.files->Read(*against_, uint64_t{1} << 28));
    SMCLI_ASSIGN_OR_RETURN(Json json, Json::Parse(text).Annotate(*against_));
    const Json* latency = json.Find("latency");
    for (const Figure& figure : kFigures) {
      const Json* number = latency ? latency->Find(figure.key) : nullptr;
      if (!number || !number->number()) return UsageError("{}: no answer of smcli bench --format json", *against_);
      baseline_.*figure.member = *number->number();
    }
    return {};
  }

  Result<int> Say(Env& env, const std::string& path, const std::string& target, double load_s, int64_t peak_bytes,
                  const Profile& profile) {
    const LatencySummary summary = Summarize(seconds_);
    Report report;
    report.schema = "smcli.bench/1";
    report.Add("model", "model", Value::Text(path));
    report.Add("target", "target", Value::Text(target));
    report.Add("threads", "threads", Value::Count(env.ThreadCount()));
    report.Add("load_s", "load", Timed(load_s));
    report.Add("first_run_s", "first run", Timed(first_s_));
    report.Add("runs", "runs", Value::Count(summary.count));
    report.Add("peak_rss_bytes", "peak memory", Value::Bytes(static_cast<uint64_t>(peak_bytes)));
    report.Add("latency", "", MachineLatency(summary));
    report.Add("", "latency", PeopleLatency(summary));
    bool slower = false;
    if (against_) {
      const double change = baseline_.p50 > 0 ? (summary.p50 / baseline_.p50 - 1) * 100 : 0;
      slower = tolerance_ >= 0 && change > tolerance_;
      report.Add("against", "against", Value::Text(*against_));
      report.Add("median_change_percent", "median",
                 Value::WithGist(fmt::format("{:+.1f}%{}", change, slower ? ", too slow" : ""), Value::Real(change)));
    }
    if (!no_profile_) report.Add("ops", "ops, per run", ProfileTable(profile, kProfiledRuns));
    SMCLI_RETURN_IF_ERROR(env.Print(report));
    return slower ? 1 : 0;
  }

  static Value Timed(double seconds) { return Value::WithGist(HumanSeconds(seconds), Value::Real(seconds)); }

  static Value MachineLatency(const LatencySummary& summary) {
    Value::Object object;
    for (const Figure& figure : kFigures)
      object.push_back({std::string(figure.key), "", Value::Real(summary.*figure.member)});
    return Value::Of(std::move(object));
  }

  Value PeopleLatency(const LatencySummary& summary) const {
    Table table;
    table.columns = {{"figure", "figure"}, {"now_s", "now"}};
    if (against_) {
      table.columns.push_back({"before_s", "before"});
      table.columns.push_back({"ratio", "now / before"});
    }
    for (const Figure& figure : kFigures) {
      const double now = summary.*figure.member, before = baseline_.*figure.member;
      std::vector<Value> cells = {Value::Text(figure.label), Timed(now)};
      if (against_) {
        cells.push_back(Timed(before));
        cells.push_back(before > 0 ? Value::WithGist(fmt::format("{:.3f}", now / before), Value::Real(now / before))
                                   : Value());
      }
      table.Add(std::move(cells));
    }
    return Value::Of(std::move(table));
  }

  ModelArguments models_;
  GraphArguments graph_;
  std::optional<std::string> function_;
  InputFlags inputs_;
  RunLimits limits_;
  int64_t repeat_ = 0;
  int64_t warmup_ = 3;
  double duration_s_ = 0;
  double tolerance_ = -1;
  bool no_profile_ = false;
  std::optional<std::string> against_;

  std::vector<double> seconds_;
  double first_s_ = 0;
  LatencySummary baseline_;
};

constexpr Example kExamples[] = {
    {"smcli bench MODEL", "three seconds on made-up inputs"},
    {"smcli bench MODEL --inputs 'x=in.npz[x]' --repeat 200 --threads 1", "a fixed number of runs on one thread"},
    {"smcli bench MODEL --format json --output before.json", "a measurement to keep"},
    {"smcli bench MODEL --against before.json --tolerance 5", "exit 1 when the median is more than 5% slower"},
};

constexpr JsonKey kJson[] = {
    {"model", "string", "as it was typed"},
    {"target", "string", "the signature or function"},
    {"threads", "integer", ""},
    {"load_s", "number", "seconds until it could run"},
    {"first_run_s", "number", ""},
    {"runs", "integer", "that were measured"},
    {"peak_rss_bytes", "integer", ""},
    {"latency", "Latency", "seconds of one run"},
    {"Latency.min_s", "number", ""},
    {"Latency.mean_s", "number", ""},
    {"Latency.std_s", "number", ""},
    {"Latency.p50_s", "number", "the median"},
    {"Latency.p90_s", "number", ""},
    {"Latency.p95_s", "number", ""},
    {"Latency.p99_s", "number", ""},
    {"Latency.p999_s", "number", ""},
    {"Latency.max_s", "number", ""},
    {"against", "string", "--against: the file"},
    {"median_change_percent", "number", "--against"},
    {"ops", "OpTime[]", "of one run; absent with --no-profile"},
    {"OpTime.op", "string", ""},
    {"OpTime.calls", "integer", ""},
    {"OpTime.self_ms", "number", "without what it called"},
    {"OpTime.percent", "number", ""},
    {"OpTime.cumulative_percent", "number", ""},
    {"OpTime.output_bytes", "integer", ""},
};

constexpr std::string_view kFormats[] = {"text", "json", "markdown", "csv"};

}  // namespace

extern const Command kBench = {
    .name = "bench",
    .summary = "latency, load time, memory and the cost of each op",
    .description =
        "Runs one signature or function again and again, from inputs in memory to outputs in memory. The per-op table "
        "comes from "
        "three further runs, since measuring each op slows the whole. A comparison is only worth something on the "
        "same, idle machine.",
    .examples = kExamples,
    .formats = kFormats,
    .make = Make<BenchCommand>,
    .json = kJson,
};

}  // namespace smcli
