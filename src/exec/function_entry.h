// FunctionEntry: a concrete function of the object graph with its captures.
#pragma once

#include <vector>

#include "exec/session_entry.h"
#include "model/object_graph.h"

namespace smcli {

class FunctionEntry final : public SessionEntry {
 public:
  using SessionEntry::SessionEntry;

  // Arguments and results keep the names of the FunctionDef.
  Status Prepare(const ConcreteFunction& function);
  // Gives them those of a signature, in the function's own order.
  void Rename(std::vector<TensorSpec> inputs, std::vector<TensorSpec> outputs, std::vector<Tensor> defaults);
  bool changes_state() const override;

 private:
  Status Describe(const ConcreteFunction& function);
  Status RunPlan(RunServices& services, std::vector<Tensor> inputs, std::vector<Tensor>& outputs) override;

  CallableFunction* function_ = nullptr;
  std::vector<Tensor> captures_;
};

}  // namespace smcli
