#include "cli/run_limits.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "base/utf8.h"
#include "exec/session.h"
#include "tensor/tensor.h"

namespace smcli {

namespace {

constexpr double kGraceSeconds = 5;

// The number in a file of the kernel's, or -1.
int64_t NumberIn(const char* path) {
  long long number = -1;
  if (std::FILE* file = std::fopen(path, "r")) {
    if (std::fscanf(file, "%lld", &number) != 1) number = -1;
    std::fclose(file);
  }
  return number;
}

int64_t MachineMemory() {
  const int64_t pages = ::sysconf(_SC_PHYS_PAGES), page = ::sysconf(_SC_PAGE_SIZE);
  int64_t bytes = pages > 0 && page > 0 ? pages * page : int64_t{4} << 30;
  for (const char* path : {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}) {
    if (const int64_t limit = NumberIn(path); limit > 0) bytes = std::min(bytes, limit);
  }
  return bytes;
}

// A backstop behind the tensors' own count, for strings and for what kernels work with: the kernel refuses memory
// beyond. Files that are mapped do not count. Not under sanitizers, whose shadow memory counts.
void LimitHeap([[maybe_unused]] int64_t bytes) {
#ifndef SMCLI_SANITIZED
  constexpr int64_t kOwn = int64_t{256} << 20;  // the program's, and its threads' stacks
  const auto wanted = static_cast<rlim_t>(bytes + kOwn);
  rlimit limit{};
  if (::getrlimit(RLIMIT_DATA, &limit) != 0) return;
  limit.rlim_cur = std::min(wanted, limit.rlim_max);
  ::setrlimit(RLIMIT_DATA, &limit);
#endif
}

}  // namespace

void RunLimits::Declare(Flags& flags) {
  flags.Group("Limits");
  flags.Add("timeout", "SECONDS", &timeout_s, "end a model that runs longer; 0 for never (default: 600)");
  flags.Add("max-memory", "SIZE", &max_memory,
            "what tensors may take together: 4G, 512M (default: 90% of this machine's)");
}

Status RunLimits::ApplyMemory() const {
  if (!(timeout_s >= 0) || timeout_s > 1e9) {
    return UsageError("--timeout: it is a number of seconds, at most 1e9; 0 for never");
  }
  int64_t bytes = MachineMemory() / 10 * 9;
  if (!max_memory.empty()) {
    SMCLI_ASSIGN_OR_RETURN(bytes, ParseSize(max_memory).Annotate("--max-memory"));
  }
  SetTensorMemoryLimit(bytes);
  LimitHeap(bytes);
  return {};
}

Result<int64_t> ParseSize(std::string_view text) {
  const Error wrong = UsageError("{} is no size; write 4G, 512M or a number of bytes", Quoted(text));
  double number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || !(number > 0)) return wrong;
  std::string_view unit = text.substr(static_cast<size_t>(stop - text.data()));
  if (unit.ends_with('B')) unit.remove_suffix(1);
  if (unit.ends_with('i')) unit.remove_suffix(1);
  static constexpr std::string_view kUnits = "KMGT";
  const size_t power = unit.empty() ? 0 : kUnits.find(static_cast<char>(unit[0] & ~0x20)) + 1;
  if (unit.size() > 1 || (!unit.empty() && power == 0)) return wrong;
  const double bytes = std::ldexp(number, static_cast<int>(power) * 10);
  if (!(bytes >= 1 && bytes < 0x1p62)) return wrong;
  return static_cast<int64_t>(bytes);
}

Watchdog::Watchdog(Session& session, double timeout_s) : timeout_s_(timeout_s) {
  if (timeout_s > 0) thread_ = std::thread([this, &session] { Watch(session); });
}

Watchdog::~Watchdog() {
  if (!thread_.joinable()) return;
  {
    std::lock_guard lock(mutex_);
    done_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

bool Watchdog::Passed(double seconds) {
  const auto limit = std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  std::unique_lock lock(mutex_);
  while (!done_) {
    const Clock::time_point deadline = start_.load(std::memory_order_relaxed) + limit;
    if (Clock::now() >= deadline) return true;
    changed_.wait_until(lock, deadline);
  }
  return false;
}

void Watchdog::Watch(Session& session) {
  if (!Passed(timeout_s_)) return;
  const std::string reason = fmt::format("the run took longer than {:g} s (--timeout)", timeout_s_);
  session.Cancel(reason);
  if (!Passed(timeout_s_ + kGraceSeconds)) return;
  const std::string line = fmt::format("smcli: {}, in a single step\n", reason);
  const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
  (void)written;  // nothing is left to be done when stderr is gone
  ::_exit(ExitCode(ErrorKind::kModel));
}

}  // namespace smcli
