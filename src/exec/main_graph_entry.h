// MainGraphEntry: feeds and fetches of the main graph, of a signature or by tensor name.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "exec/plan.h"
#include "exec/session_entry.h"
#include "model/graph.h"

namespace smcli {

class MainGraphEntry final : public SessionEntry {
 public:
  using SessionEntry::SessionEntry;

  // Dense specs, whose dtypes and shapes are replaced by the placeholders'. `defaults` by key of the input.
  Status Prepare(std::vector<TensorSpec> inputs, std::vector<TensorSpec> outputs,
                 const std::vector<std::pair<std::string, Tensor>>& defaults);
  bool changes_state() const override;

 private:
  Status ResolveInputs(const Graph& graph, std::vector<TensorSpec>& inputs);
  Status ResolveOutputs(const Graph& graph, const std::vector<TensorSpec>& outputs);
  // Inputs that are not given are not fed: what the graph has in their place is computed.
  bool MayBeAbsent() const override { return true; }
  // The plan that feeds these inputs; made when it is first asked for. `UsageError` when it needs one of the others.
  Result<const RunnablePlan*> PlanFor(const std::vector<bool>& given);
  Status CheckAbsent(const std::vector<bool>& given, const std::vector<Endpoint>& feeds) const;
  Result<std::vector<int32_t>> Needed(const std::vector<Endpoint>& feeds) const;
  Status RunPlan(RunServices& services, std::vector<Tensor> inputs, std::vector<Tensor>& outputs) override;

  std::vector<Endpoint> feeds_, fetches_;
  std::vector<int32_t> targets_;
  std::vector<bool> is_operation_;  // per output
  std::mutex mutex_;
  std::map<std::vector<bool>, std::unique_ptr<RunnablePlan>> plans_;  // by which inputs are given
};

// The tensor that a signature's or a user's spec names. `InvalidModelError` where there is none.
Result<Endpoint> FindSpecTensor(const Graph& graph, const TensorSpec& spec);

}  // namespace smcli
