#include "exec/plan.h"

#include <mutex>

#include "exec/dataflow.h"
#include "exec/edge_types.h"
#include "ops/inner_step.h"

namespace smcli {

// The slots of one run in progress.
struct Plan::Frame {
  std::vector<Tensor> slots;
};

// Frames are kept between runs, so that a loop body finds its slots ready. A plan that is entered twice at the same
// time (recursion, several threads) has a frame for each.
class Plan::FramePool {
 public:
  std::unique_ptr<Frame> Take() {
    std::lock_guard lock(mutex_);
    if (free_.empty()) return nullptr;
    auto frame = std::move(free_.back());
    free_.pop_back();
    return frame;
  }
  void Give(std::unique_ptr<Frame> frame) {
    std::lock_guard lock(mutex_);
    free_.push_back(std::move(frame));
  }

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<Frame>> free_;
};

Plan::Plan(const Graph& graph) : graph_(graph), frames_(std::make_unique<FramePool>()) {}
Plan::~Plan() = default;

Result<std::unique_ptr<RunnablePlan>> MakePlan(const PlanRequest& request) {
  bool has_dataflow = false;
  SMCLI_ASSIGN_OR_RETURN(const std::vector<int32_t> order, NeededNodes(request, &has_dataflow));
  return has_dataflow ? DataflowPlan::Build(request, order) : Plan::Build(request, order);
}

Status Plan::Run(RunServices& services, std::span<Tensor> feeds, std::vector<Tensor>& fetches) const {
  SMCLI_RETURN_IF_ERROR(CheckFeeds(graph_, feeds, feed_types_));
  auto frame = frames_->Take();
  if (!frame) {
    frame = std::make_unique<Frame>();
    frame->slots.resize(num_slots_);
    for (const auto& [slot, value] : constants_) frame->slots[slot] = value;
  }
  for (size_t i = 0; i < feeds.size(); ++i) frame->slots[feed_slots_[i]] = std::move(feeds[i]);
  // After an error the frame is dropped with whatever it holds.
  SMCLI_RETURN_IF_ERROR(RunSteps(services, *frame));
  fetches.resize(fetch_slots_.size());
  for (size_t i = 0; i < fetch_slots_.size(); ++i) {
    Tensor& slot = frame->slots[fetch_slots_[i]];
    if (fetch_moves_[i]) {
      fetches[i] = std::move(slot);
    } else {
      fetches[i] = slot;
    }
  }
  frames_->Give(std::move(frame));
  return {};
}

Status Plan::RunSteps(RunServices& services, Frame& frame) const {
  Tensor* slots = frame.slots.data();
  for (const Step& step : steps_) {
    if (services.cancelled != nullptr && services.cancelled->load(std::memory_order_relaxed)) [[unlikely]] {
      return ModelError("cancelled");
    }
    if (Status status = RunStep(step, services, slots); !status.ok()) [[unlikely]] {
      if (step.reports_itself) return status;
      const Node& node = graph_.node(step.node);
      return AtNode(std::move(status).error(), graph_.name(), node.name, node.op);
    }
    for (uint32_t i = 0; i < step.num_releases; ++i) slots[releases_[step.first_release + i]].Clear();
  }
  return {};
}

Status Plan::RunStep(const Step& step, RunServices& services, Tensor* slots) const {
  const std::span<Tensor> outputs(slots + step.first_output, step.num_outputs);
  KernelContext ctx(slots, std::span(inputs_).subspan(step.first_input, step.num_inputs), outputs, services);
  if (services.monitor == nullptr || step.reports_itself) [[likely]] {
    return step.kernel->Compute(ctx);
  }
  const Node& node = graph_.node(step.node);
  services.monitor->Begin(graph_.name(), node.name, node.op);
  Status status = step.kernel->Compute(ctx);
  services.monitor->End(status.ok() ? outputs : std::span<Tensor>());
  return status;
}

}  // namespace smcli
