#include "base/thread_pool.h"

#include <atomic>
#include <mutex>
#include <numeric>
#include <set>
#include <thread>
#include <vector>

#include "support/catch.h"

namespace smcli {
namespace {

TEST_CASE("every item is visited once, for any number of threads, items and grain") {
  for (const int threads : {1, 2, 3, 8}) {
    ThreadPool pool(threads);
    for (const int64_t total : {0, 1, 2, 7, 64, 1000, 4097}) {
      for (const int64_t grain : {0, 1, 3, 100, 5000}) {
        std::vector<std::atomic<int>> visits(static_cast<size_t>(total));
        pool.ParallelFor(total, grain, [&](int64_t begin, int64_t end) {
          for (int64_t i = begin; i < end; ++i) visits[static_cast<size_t>(i)]++;
        });
        bool once = true;
        for (const auto& count : visits) once = once && count == 1;
        REQUIRE(once);
      }
    }
  }
}

TEST_CASE("ranges are the same every time and not shorter than the grain") {
  ThreadPool pool(4);
  const auto ranges = [&] {
    std::mutex mutex;
    std::set<std::pair<int64_t, int64_t>> seen;
    pool.ParallelFor(1000, 90, [&](int64_t begin, int64_t end) {
      const std::lock_guard lock(mutex);
      seen.emplace(begin, end);
    });
    return seen;
  };
  const auto first = ranges();
  CHECK(first.size() == 11);
  for (const auto& [begin, end] : first) CHECK(end - begin >= 90);
  for (int i = 0; i < 50; ++i) REQUIRE(ranges() == first);
}

TEST_CASE("a loop inside a loop runs on its caller") {
  ThreadPool pool(3);
  std::atomic<int64_t> sum{0};
  pool.ParallelFor(100, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const auto caller = std::this_thread::get_id();
      pool.ParallelFor(10, 1, [&](int64_t inner_begin, int64_t inner_end) {
        if (std::this_thread::get_id() == caller) sum += inner_end - inner_begin;
      });
    }
  });
  CHECK(sum == 1000);
}

TEST_CASE("several threads may share a pool") {
  ThreadPool pool(2);
  std::atomic<int64_t> sum{0};
  std::vector<std::thread> callers;
  for (int t = 0; t < 4; ++t) {
    callers.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        pool.ParallelFor(50, 1, [&](int64_t begin, int64_t end) { sum += end - begin; });
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  CHECK(sum == 4 * 200 * 50);
}

TEST_CASE("many short loops in a row, with pauses in which workers fall asleep") {
  ThreadPool pool(4);
  std::vector<int64_t> values(1000);
  for (int round = 0; round < 2000; ++round) {
    pool.ParallelFor(1000, 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) values[static_cast<size_t>(i)]++;
    });
    if (round % 500 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  CHECK(std::accumulate(values.begin(), values.end(), int64_t{0}) == 2'000'000);
}

TEST_CASE("the machine has a core for us, and cheap items make long ranges") {
  CHECK(AvailableCores() >= 1);
  CHECK(ThreadPool::GrainOf(1.0) > ThreadPool::GrainOf(1000.0));
  CHECK(ThreadPool::GrainOf(1e12) == 1);
  CHECK(ThreadPool::GrainOf(0) > 1);
  CHECK(ThreadPool(0).threads() == 1);
}

}  // namespace
}  // namespace smcli
