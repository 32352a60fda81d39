// ThreadPool: the workers of the program and its one way to use them, ParallelFor. A loop is cut into the same ranges
// every time, and each range is offered to the same thread first, so that what one loop wrote is still in the cache of
// the core that reads it in the next. The caller always works, and takes over what another thread has not begun.
#pragma once

#include <cstdint>
#include <memory>
#include <type_traits>

namespace smcli {

// The cores this process may use: CPU affinity and the cgroup's CPU quota (rounded up) are honoured. At least 1.
int AvailableCores();

class ThreadPool {
 public:
  // The caller counts as one of `threads` (at least 1); the others start with the first loop that is worth it.
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const { return threads_; }

  // Calls f(begin, end) for ranges that cover [0, total) once, each at least `grain` long (the last may be shorter), on
  // any thread, and returns when all are done. How the ranges fall depends on total, grain and threads() alone. A loop
  // inside a loop, and one that another thread starts meanwhile, runs as a single range on its caller.
  template <typename F>
  void ParallelFor(int64_t total, int64_t grain, F&& f) {
    if (total <= 0) return;
    if (threads_ == 1 || total <= grain) {
      f(int64_t{0}, total);
      return;
    }
    using Body = std::remove_reference_t<F>;
    Run(
        total, grain, [](void* body, int64_t begin, int64_t end) { (*static_cast<Body*>(body))(begin, end); },
        const_cast<void*>(static_cast<const void*>(&f)));
  }

  // The grain that makes a range worth handing over, for items that cost about so many nanoseconds each.
  static int64_t GrainOf(double nanoseconds_per_item);

 private:
  using RangeFunction = void (*)(void* body, int64_t begin, int64_t end);
  struct Crew;

  void Run(int64_t total, int64_t grain, RangeFunction function, void* body);

  int threads_;
  std::unique_ptr<Crew> crew_;
};

}  // namespace smcli
