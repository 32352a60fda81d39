#include "cli/progress_bar.h"

#include <fmt/format.h>

#include <algorithm>

namespace smcli {
namespace {

constexpr auto kBetween = std::chrono::milliseconds(100);
constexpr int kDefaultWidth = 80;
constexpr int kMostBar = 40;

}  // namespace

std::string ProgressLine(int64_t done, int64_t total, std::string_view unit, double seconds_so_far, int width) {
  std::string text = fmt::format(" {}/{} {}", done, total, unit);
  if (done > 0 && done < total) {
    const double left = seconds_so_far / static_cast<double>(done) * static_cast<double>(total - done);
    text += fmt::format(", {:.0f} s left", left);
  }
  const int bar = std::min(kMostBar, width - static_cast<int>(text.size()) - 3);
  if (bar < 5) return text.substr(1, static_cast<size_t>(std::max(width - 1, 0)));
  const int full = static_cast<int>(static_cast<double>(bar) * static_cast<double>(done) /
                                    static_cast<double>(std::max<int64_t>(total, 1)));
  return fmt::format("[{:#<{}}{:.<{}}]{}", "", full, "", bar - full, text);
}

ProgressBar::ProgressBar(Env& env, int64_t total, std::string unit)
    : env_(env), total_(total), unit_(std::move(unit)), visible_(env.err_terminal.interactive && env.verbosity >= 0) {}

ProgressBar::~ProgressBar() {
  if (drawn_) (void)env_.err->Write("\r\x1b[K");
}

void ProgressBar::Update(int64_t done) {
  const Clock::time_point now = Clock::now();
  if (!visible_ || now < next_) return;
  next_ = now + kBetween;
  const double seconds = std::chrono::duration<double>(now - begin_).count();
  const int width = env_.err_terminal.width > 0 ? env_.err_terminal.width : kDefaultWidth;
  const std::string line = "\r" + ProgressLine(done, total_, unit_, seconds, width) + "\x1b[K";
  drawn_ = env_.err->Write(line).ok();
}

}  // namespace smcli
