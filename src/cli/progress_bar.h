// ProgressBar: how far long work is, on stderr when that is a terminal and nobody asked for quiet; else nothing.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "cli/env.h"

namespace smcli {

class ProgressBar {
 public:
  // `unit`: "rows". The env must outlive the bar.
  ProgressBar(Env& env, int64_t total, std::string unit);
  ~ProgressBar();  // wipes the line
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  // Draws anew at most ten times a second. Not from several threads at once.
  void Update(int64_t done);

 private:
  using Clock = std::chrono::steady_clock;

  Env& env_;
  int64_t total_;
  std::string unit_;
  bool visible_;
  bool drawn_ = false;
  Clock::time_point begin_ = Clock::now();
  Clock::time_point next_ = begin_;
};

// "[######......] 600/1200 rows, 3 s left" in at most `width` columns.
std::string ProgressLine(int64_t done, int64_t total, std::string_view unit, double seconds_so_far, int width);

}  // namespace smcli
