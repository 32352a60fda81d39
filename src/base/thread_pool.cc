#include "base/thread_pool.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "base/denormals.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace smcli {
namespace {

// A range below this is not worth waking a thread for; a spinning one takes it within a microsecond.
constexpr double kRangeNanoseconds = 10'000;
// How many ranges each thread's part is cut into: what a thread may take over from another is one of these.
constexpr int64_t kRangesPerThread = 4;
// An idle worker watches for the next loop this long before it sleeps; waking a sleeper costs about as much.
constexpr auto kSpin = std::chrono::microseconds(40);

void Pause() {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace

// One loop at a time. `epoch` counts loops; `open` tells whether ranges of the present one may still be claimed. A
// worker enters `inside` before it looks at the loop and leaves it after its last range; the caller closes the loop and
// waits until nobody is inside, so a late worker finds it closed and a loop's fields change only when no one reads
// them.
struct ThreadPool::Crew {
  // The ranges [first, last) that belong to one thread. Others claim from the same counter when their own are used up.
  struct alignas(64) Part {
    std::atomic<int64_t> next{0};
    int64_t last = 0;
  };

  explicit Crew(int threads) : parts(static_cast<size_t>(threads)) {}

  void Start();
  void Stop();
  void Work(size_t self);
  void RunRanges(size_t self);
  void Claim(size_t self);
  bool AwaitEpoch(uint32_t& seen);

  std::vector<Part> parts;
  std::vector<std::thread> workers;
  int64_t total = 0;
  int64_t ranges = 0;
  RangeFunction function = nullptr;
  void* body = nullptr;

  alignas(64) std::atomic<uint32_t> epoch{0};
  std::atomic<bool> open{false};
  std::atomic<bool> stopping{false};
  alignas(64) std::atomic<int> inside{0};
  alignas(64) std::atomic_flag busy = ATOMIC_FLAG_INIT;
  std::atomic_flag failed = ATOMIC_FLAG_INIT;
  std::exception_ptr failure;  // of the range that failed first; read when nobody is inside
};

void ThreadPool::Crew::Start() {
  try {
    while (workers.size() + 1 < parts.size()) {
      const size_t self = workers.size() + 1;
      workers.emplace_back([this, self] { Work(self); });
    }
  } catch (const std::system_error&) {
    // The machine gives no more threads: those that run, and the caller, take over the missing ones' ranges.
  }
}

void ThreadPool::Crew::Stop() {
  stopping = true;
  epoch.fetch_add(1);
  epoch.notify_all();
  for (std::thread& worker : workers) worker.join();
}

// Waits for an epoch other than `seen`; false when the pool ends.
bool ThreadPool::Crew::AwaitEpoch(uint32_t& seen) {
  const auto begin = std::chrono::steady_clock::now();
  while (epoch.load(std::memory_order_acquire) == seen) {
    for (int i = 0; i < 64 && epoch.load(std::memory_order_relaxed) == seen; ++i) Pause();
    if (std::chrono::steady_clock::now() - begin > kSpin) epoch.wait(seen);
  }
  seen = epoch.load(std::memory_order_acquire);
  return !stopping;
}

void ThreadPool::Crew::Work(size_t self) {
  const DenormalsAreZero denormals;  // as the thread that hands out the work has it in a run
  uint32_t seen = 0;
  while (AwaitEpoch(seen)) {
    inside.fetch_add(1);
    if (open.load()) RunRanges(self);
    inside.fetch_sub(1);
  }
}

// Memory may run out in a range (nothing else throws): the caller of the loop hears of it.
void ThreadPool::Crew::RunRanges(size_t self) {
  try {
    Claim(self);
  } catch (...) {
    if (!failed.test_and_set()) failure = std::current_exception();
  }
}

void ThreadPool::Crew::Claim(size_t self) {
  for (size_t i = 0; i < parts.size(); ++i) {
    Part& part = parts[(self + i) % parts.size()];
    // Looked at before it is raised, so that passing by an exhausted part many times cannot push it far.
    while (part.next.load(std::memory_order_relaxed) < part.last) {
      const int64_t range = part.next.fetch_add(1, std::memory_order_relaxed);
      if (range >= part.last) break;
      const auto edge = [this](int64_t index) {
        return static_cast<int64_t>(static_cast<__int128>(total) * index / ranges);
      };
      function(body, edge(range), edge(range + 1));
    }
  }
}

ThreadPool::ThreadPool(int threads) : threads_(std::max(threads, 1)) {
  if (threads_ > 1) crew_ = std::make_unique<Crew>(threads_);
}

ThreadPool::~ThreadPool() {
  if (crew_) crew_->Stop();
}

int64_t ThreadPool::GrainOf(double nanoseconds_per_item) {
  return std::max<int64_t>(1, static_cast<int64_t>(kRangeNanoseconds / std::max(nanoseconds_per_item, 1e-3)));
}

void ThreadPool::Run(int64_t total, int64_t grain, RangeFunction function, void* body) {
  Crew& crew = *crew_;
  if (crew.busy.test_and_set(std::memory_order_acquire)) {
    function(body, 0, total);
    return;
  }
  if (crew.workers.empty()) crew.Start();
  crew.total = total;
  crew.ranges = std::clamp<int64_t>(total / std::max<int64_t>(grain, 1), 1, threads_ * kRangesPerThread);
  crew.function = function;
  crew.body = body;
  for (int i = 0; i < threads_; ++i) {
    Crew::Part& part = crew.parts[static_cast<size_t>(i)];
    part.next.store(crew.ranges * i / threads_, std::memory_order_relaxed);
    part.last = crew.ranges * (i + 1) / threads_;
  }
  crew.open.store(true);
  crew.epoch.fetch_add(1);
  crew.epoch.notify_all();
  crew.RunRanges(0);
  crew.open.store(false);
  // Nearly always a matter of nanoseconds; where the system took the core from a worker, it gets ours.
  for (int turns = 0; crew.inside.load() != 0; ++turns) turns < 2000 ? Pause() : std::this_thread::yield();
  std::exception_ptr failure;
  if (crew.failed.test()) [[unlikely]] {
    failure = std::exchange(crew.failure, nullptr);
    crew.failed.clear();
  }
  crew.busy.clear(std::memory_order_release);
  if (failure) std::rethrow_exception(failure);
}

}  // namespace smcli
