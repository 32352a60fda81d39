// ObservingMonitor: feeds a Session's observer and profile. Single-threaded, like the order of steps that it reports.
#pragma once

#include <chrono>
#include <vector>

#include "exec/profile.h"
#include "exec/session.h"
#include "ops/kernel.h"

namespace smcli {

class ObservingMonitor final : public RunMonitor {
 public:
  bool active() const { return static_cast<bool>(observer_) || profile_ != nullptr; }
  void SetObserver(StepObserver observer) { observer_ = std::move(observer); }
  void SetProfile(Profile* profile) { profile_ = profile; }

  void Begin(std::string_view function, std::string_view node, std::string_view op) override;
  void End(std::span<const Tensor> outputs) override;

 private:
  struct Open {
    StepInfo step;
    int64_t start_ns;
  };
  int64_t Now();

  StepObserver observer_;
  Profile* profile_ = nullptr;
  std::vector<Open> open_;  // calls nest
  std::chrono::steady_clock::time_point origin_{};
};

}  // namespace smcli
