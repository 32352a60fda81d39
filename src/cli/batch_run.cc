#include "cli/batch_run.h"

#include <fmt/format.h>

#include <condition_variable>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>

#include "base/thread_pool.h"
#include "cli/progress_bar.h"
#include "exec/memory_limit.h"

namespace smcli {
namespace {

constexpr int64_t kPartsPerThread = 2;

class PartsRun {
 public:
  PartsRun(Env& env, RunTarget& target, const BatchSplit& split, const std::vector<Tensor>& fed,
           RowCollector& collector, int64_t threads)
      : target_(target),
        split_(split),
        fed_(fed),
        collector_(collector),
        most_ahead_(threads * kPartsPerThread),
        progress_(env, split.rows(), "rows") {}

  // One thread's share, until nothing is left.
  void Work() {
    int64_t part = 0;
    while (Claim(part)) {
      Result<std::vector<Tensor>> outputs = WithinMemory([&] { return RunPart(part); });
      std::lock_guard lock(mutex_);
      if (outputs.ok()) {
        waiting_.emplace(part, *std::move(outputs));
      } else {
        Fail(part, std::move(outputs).error());
      }
      Deliver();
      changed_.notify_all();
    }
  }

  Status status() && { return failed_part_ < 0 ? Status() : Status(std::move(error_)); }

 private:
  // The next part, once few enough are ahead of those that have been put together.
  bool Claim(int64_t& part) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock,
                  [&] { return failed_part_ >= 0 || next_ >= split_.parts() || next_ < delivered_ + most_ahead_; });
    if (failed_part_ >= 0 || next_ >= split_.parts()) return false;
    part = next_++;
    return true;
  }

  Result<std::vector<Tensor>> RunPart(int64_t part) {
    SMCLI_ASSIGN_OR_RETURN(std::vector<Tensor> inputs, split_.Inputs(fed_, part));
    SMCLI_ASSIGN_OR_RETURN(std::vector<Tensor> outputs, target_.Run(std::move(inputs)));
    SMCLI_RETURN_IF_ERROR(split_.CheckOutputs(target_.outputs(), outputs, part));
    return outputs;
  }

  // What has come in order. The lock is held.
  void Deliver() {
    for (auto next = waiting_.find(delivered_); next != waiting_.end(); next = waiting_.find(delivered_)) {
      Status status = WithinMemory([&] { return collector_.Take(std::move(next->second)); });
      if (!status.ok()) Fail(delivered_, std::move(status).error());
      waiting_.erase(next);
      ++delivered_;
      progress_.Update(std::min(split_.first_row(delivered_), split_.rows()));
    }
  }

  void Fail(int64_t part, Error error) {
    if (failed_part_ >= 0 && failed_part_ < part) return;
    failed_part_ = part;
    const int64_t first = split_.first_row(part);
    error_ = std::move(error).Annotate(fmt::format("rows {} to {}", first, first + split_.rows_of(part) - 1));
  }

  RunTarget& target_;
  const BatchSplit& split_;
  const std::vector<Tensor>& fed_;
  RowCollector& collector_;
  const int64_t most_ahead_;
  ProgressBar progress_;

  std::mutex mutex_;
  std::condition_variable changed_;
  int64_t next_ = 0;
  int64_t delivered_ = 0;
  std::map<int64_t, std::vector<Tensor>> waiting_;  // done, but one before them is not
  int64_t failed_part_ = -1;
  Error error_ = InternalError("no error");
};

}  // namespace

Status RunInParts(Env& env, RunTarget& target, const BatchSplit& split, const std::vector<Tensor>& fed,
                  RowCollector& collector) {
  const int64_t cores = env.ThreadCount();
  const int64_t threads = target.changes_state() ? 1 : std::min(cores, split.parts());
  if (threads > 1) target.session().ExpectParallelRuns();
  PartsRun run(env, target, split, fed, collector, threads);
  std::vector<std::thread> helpers;
  try {
    while (static_cast<int64_t>(helpers.size()) + 1 < threads) helpers.emplace_back([&run] { run.Work(); });
  } catch (const std::system_error&) {
    // The machine gives no more threads; those there are do all the parts.
  }
  run.Work();
  for (std::thread& helper : helpers) helper.join();
  return std::move(run).status();
}

}  // namespace smcli
