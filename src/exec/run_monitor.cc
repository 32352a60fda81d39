#include "exec/run_monitor.h"

namespace smcli {

int64_t ObservingMonitor::Now() {
  const auto now = std::chrono::steady_clock::now();
  if (origin_ == std::chrono::steady_clock::time_point{}) origin_ = now;
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now - origin_).count();
}

void ObservingMonitor::Begin(std::string_view function, std::string_view node, std::string_view op) {
  open_.push_back({{function, node, op}, Now()});
}

void ObservingMonitor::End(std::span<const Tensor> outputs) {
  const Open open = open_.back();
  open_.pop_back();
  if (profile_ != nullptr) {
    Profile::Event event{std::string(open.step.function), std::string(open.step.node), std::string(open.step.op)};
    event.start_ns = open.start_ns;
    event.duration_ns = Now() - open.start_ns;
    event.depth = static_cast<int>(open_.size());
    for (const Tensor& output : outputs) {
      if (output.has_value()) event.output_bytes += static_cast<int64_t>(output.num_bytes());
    }
    profile_->Add(std::move(event));
  }
  if (observer_) observer_(open.step, outputs);
}

}  // namespace smcli
