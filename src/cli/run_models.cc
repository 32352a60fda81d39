#include "cli/run_models.h"

#include <algorithm>
#include <atomic>
#include <system_error>
#include <thread>

#include "base/thread_pool.h"
#include "cli/run_session.h"
#include "exec/memory_limit.h"

namespace smcli {

std::vector<Result<RunAnswer>> RunModels(Env& env, const RunOptions& options, const GivenInputs& given,
                                         const std::vector<std::string>& paths,
                                         const std::vector<std::string>& outdirs) {
  const int64_t cores = env.ThreadCount();
  const int64_t workers = std::min(cores, static_cast<int64_t>(paths.size()));
  std::vector<Result<RunAnswer>> answers;
  for (size_t i = 0; i < paths.size(); ++i) answers.emplace_back(InternalError("not run"));
  std::vector<StringOutput> errs(paths.size());
  std::atomic<size_t> next{0};
  const auto work = [&] {
    for (size_t i = next++; i < paths.size(); i = next++) {
      Env own = env;
      own.err = &errs[i];
      own.err_terminal = {};
      own.threads = std::max<int64_t>(1, cores / workers);
      answers[i] = WithinMemory([&] { return RunModel(own, options, given, paths[i], outdirs[i]); });
    }
  };
  std::vector<std::thread> helpers;
  try {
    while (static_cast<int64_t>(helpers.size()) + 1 < workers) helpers.emplace_back(work);
  } catch (const std::system_error&) {
    // The machine gives no more threads; those there are do all the models.
  }
  work();
  for (std::thread& helper : helpers) helper.join();
  for (const StringOutput& err : errs) (void)env.err->Write(err.text);
  return answers;
}

}  // namespace smcli
