// Plan: a graph without V1 control flow, ordered once and run many times. A step is a kernel and the numbers of its
// slots: nothing is looked up, allocated or locked between two kernels.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "exec/node_kernels.h"
#include "model/graph.h"
#include "ops/kernel.h"
#include "tensor/tensor.h"

namespace smcli {

// What to plan. Feeds cut the graph: what lies behind a fed tensor does not run.
struct PlanRequest {
  const Graph* graph = nullptr;
  std::vector<Endpoint> feeds;
  std::vector<Endpoint> fetches;
  std::vector<int32_t> targets;  // nodes that must run though nobody reads them
  FunctionResolver* functions = nullptr;
  MissingSupport* missing = nullptr;
  RunServices* services = nullptr;  // folds constants with it; null: no folding
};

// Something that runs: a Plan, or a DataflowPlan where the graph has Switch, Merge or Enter.
class RunnablePlan {
 public:
  virtual ~RunnablePlan() = default;
  // `feeds` in the order of the request (moved from); `fetches` is overwritten. Safe to call from several threads, and
  // from within itself.
  virtual Status Run(RunServices& services, std::span<Tensor> feeds, std::vector<Tensor>& fetches) const = 0;
};

// Picks the kind of plan the graph needs. The graph must outlive the plan. Nodes that cannot run are added to
// request.missing; the plan must not be run then. `InvalidModelError` for cycles and inconsistent nodes.
Result<std::unique_ptr<RunnablePlan>> MakePlan(const PlanRequest& request);

// The nodes that the fetches and targets need, every node after what it reads; NextIteration -> Merge edges may close
// loops. Sets *has_dataflow where one of them is a V1 control flow op.
Result<std::vector<int32_t>> NeededNodes(const PlanRequest& request, bool* has_dataflow);

class Plan final : public RunnablePlan {
 public:
  static Result<std::unique_ptr<RunnablePlan>> Build(const PlanRequest& request, std::span<const int32_t> order);
  Status Run(RunServices& services, std::span<Tensor> feeds, std::vector<Tensor>& fetches) const override;
  ~Plan() override;

 private:
  friend class PlanBuilder;
  struct Step {
    const Kernel* kernel;
    int32_t node;          // of the graph, for messages
    uint32_t first_input;  // into inputs_
    uint32_t num_inputs;
    uint32_t first_output;  // the slot; outputs lie side by side
    uint32_t num_outputs;
    uint32_t first_release;  // into releases_: slots nobody reads after this step
    uint32_t num_releases;
    bool reports_itself = false;  // the kernel tells monitors, see ElementChain
  };
  struct Frame;
  class FramePool;

  explicit Plan(const Graph& graph);
  Status RunSteps(RunServices& services, Frame& frame) const;
  Status RunStep(const Step& step, RunServices& services, Tensor* slots) const;

  const Graph& graph_;
  std::vector<std::unique_ptr<Kernel>> kernels_;
  std::vector<Step> steps_;
  std::vector<uint32_t> inputs_;  // slots, with KernelContext::kLastUse
  std::vector<uint32_t> releases_;
  std::vector<std::pair<uint32_t, Tensor>> constants_;  // slots that are filled once per frame
  std::vector<uint32_t> feed_slots_;
  std::vector<DataType> feed_types_;  // kInvalid: not known
  std::vector<uint32_t> fetch_slots_;
  std::vector<bool> fetch_moves_;  // may the fetch be moved out of its slot?
  uint32_t num_slots_ = 0;
  std::unique_ptr<FramePool> frames_;
};

}  // namespace smcli
