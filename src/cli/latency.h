// Latencies of repeated runs, and what is said of them.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "report/report.h"

namespace smcli {

class Stopwatch {
 public:
  double Seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point start_ = Clock::now();
};

struct LatencySummary {
  int64_t count = 0;
  double min = 0, max = 0, mean = 0, std = 0;           // seconds
  double p50 = 0, p90 = 0, p95 = 0, p99 = 0, p999 = 0;  // the smallest latency that so many per cent do not exceed
};
LatencySummary Summarize(std::vector<double> seconds);

// What --timing writes: {"iterations_s": [...], "load_s": s, "peak_rss_bytes": n}.
std::string TimingJson(std::span<const double> iterations_s, double load_s, int64_t peak_rss_bytes);

// "1.23 ms", "45.6 us", "2.5 s".
std::string HumanSeconds(double seconds);

}  // namespace smcli
