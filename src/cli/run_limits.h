// The bounds of a run: --timeout and --max-memory.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "base/result.h"
#include "cli/flags.h"

namespace smcli {

class Session;

struct RunLimits {
  double timeout_s = 600;  // 0: none
  std::string max_memory;  // "4G", "512MiB", bytes; empty: nine tenths of what this machine or cgroup gives

  void Declare(Flags& flags);
  // Bounds the tensors of the whole process. `UsageError` for what is no size.
  Status ApplyMemory() const;
};

// "1.5G", "512MiB", "1000000" in bytes. Powers of 1024, with or without "iB" or "B".
Result<int64_t> ParseSize(std::string_view text);

// Cancels a session when a run takes too long. A model stuck in a single step ends the process a little later, with the
// status of a model's own error: nothing else could stop it.
class Watchdog {
 public:
  // `timeout_s` of 0 watches nothing. The session must outlive the watchdog.
  Watchdog(Session& session, double timeout_s);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  // The time begins anew: for each run. From any thread.
  void Restart() { start_.store(Clock::now(), std::memory_order_relaxed); }

 private:
  using Clock = std::chrono::steady_clock;
  void Watch(Session& session);
  // Waits until `seconds` have passed since the last Restart; false when the watchdog is no longer needed.
  bool Passed(double seconds);

  double timeout_s_;
  std::atomic<Clock::time_point> start_{Clock::now()};
  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
  std::thread thread_;
};

}  // namespace smcli
