// SessionEntry: what every entry point of a Session does around its run: defaults, checks, services.
#pragma once

#include <vector>

#include "exec/session.h"
#include "exec/session_state.h"

namespace smcli {

class SessionEntry : public EntryPoint {
 public:
  explicit SessionEntry(SessionState& state) : state_(state) {}

  Result<std::vector<Tensor>> Run(std::vector<Tensor> inputs) override;

 protected:
  static Error NotGiven(const TensorSpec& input);
  // Is RunPlan called though an input has no value?
  virtual bool MayBeAbsent() const { return false; }
  virtual Status RunPlan(RunServices& services, std::vector<Tensor> inputs, std::vector<Tensor>& outputs) = 0;

  SessionState& state_;
};

}  // namespace smcli
