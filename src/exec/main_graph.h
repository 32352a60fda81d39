// MainGraph: what runs in the main graph of a meta-graph: its variables restored, its initialisers run (loading.md
// section 2).
#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "exec/asset_paths.h"
#include "exec/checkpoint_values.h"
#include "exec/function_table.h"
#include "exec/plan.h"
#include "model/meta_graph.h"
#include "model/variable_id.h"

namespace smcli {

class MainGraph {
 public:
  // All must outlive it.
  MainGraph(const MetaGraph& meta_graph, std::string export_dir, CheckpointValues& checkpoint, FunctionTable& functions)
      : meta_(meta_graph), export_dir_(std::move(export_dir)), checkpoint_(checkpoint), functions_(functions) {}

  // A plan for the feeds, fetches and targets (nodes that run for their effect), ready to run: everything it needs is
  // restored and initialised. `services` is used for that and for folding constants.
  Result<std::unique_ptr<RunnablePlan>> Prepare(std::vector<Endpoint> feeds, std::vector<Endpoint> fetches,
                                                std::vector<int32_t> targets, RunServices& services, bool fold);
  // The values of a few endpoints, computed now.
  Result<std::vector<Tensor>> Evaluate(std::vector<Endpoint> fetches, RunServices& services);

  // Gives these variables, among the resources of `services`, the values that they have in the checkpoint; once. Those
  // that it does not hold stay as they are.
  Status Restore(std::set<VariableId> wanted, RunServices& services);
  // Runs the model's initialisers, once.
  Status Initialise(RunServices& services);

 private:
  Result<std::unique_ptr<RunnablePlan>> PlanFor(std::vector<Endpoint> feeds, std::vector<Endpoint> fetches,
                                                std::vector<int32_t> targets, MissingSupport& missing,
                                                RunServices* fold);
  Status RunTargets(std::vector<int32_t> targets, RunServices& services);
  // The nodes to run once after restoring: the init op, else the table initialisers; of a GraphDef alone what fills its
  // tables with constants.
  Result<std::vector<int32_t>> InitTargets() const;

  // The variables that a run of these nodes may read.
  Result<std::set<VariableId>> VariablesAmong(std::span<const Endpoint> feeds, std::span<const Endpoint> fetches,
                                              std::span<const int32_t> targets) const;
  Status RestoreByObjects(std::set<VariableId>& wanted, RunServices& services);
  Status RestoreByGraph(std::set<VariableId>& wanted, RunServices& services);
  Status RestoreByName(std::set<VariableId>& wanted, RunServices& services);
  Status Assign(const VariableId& name, Tensor value, RunServices& services);

  // Fed in every run for restoring and initialising: asset paths and the checkpoint's prefix.
  struct Constants {
    std::vector<Endpoint> endpoints;
    std::vector<Tensor> values;
  };
  Result<Constants> LoadingFeeds() const;

  const MetaGraph& meta_;
  std::string export_dir_;
  CheckpointValues& checkpoint_;
  FunctionTable& functions_;
  std::set<VariableId> restored_;
  bool initialised_ = false;
};

}  // namespace smcli
