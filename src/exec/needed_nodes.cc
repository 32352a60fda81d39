// Which nodes a request needs, and in which order they can run.
#include <array>
#include <unordered_set>

#include "exec/plan.h"

namespace smcli {
namespace {

constexpr std::array<std::string_view, 13> kDataflowOps = {
    "ControlTrigger",   "Enter",     "Exit",   "LoopCond", "Merge", "NextIteration", "RefEnter", "RefExit", "RefMerge",
    "RefNextIteration", "RefSwitch", "Switch", "_SwitchN"};

bool IsDataflowOp(std::string_view op) { return std::ranges::find(kDataflowOps, op) != kDataflowOps.end(); }

bool ClosesLoop(std::string_view consumer, std::string_view producer) {
  return (consumer == "Merge" || consumer == "RefMerge") &&
         (producer == "NextIteration" || producer == "RefNextIteration");
}

// Depth first, so that a value is used soon after it is made. An explicit stack: graphs are deep.
class Walk {
 public:
  Walk(const PlanRequest& request) : graph_(*request.graph), state_(static_cast<size_t>(graph_.num_nodes()), kNew) {
    for (const Endpoint& feed : request.feeds) {
      fed_.insert(Key(feed));
      fed_nodes_.insert(feed.node);
    }
  }

  Status Visit(int32_t root) {
    Push(root);
    while (!stack_.empty()) {
      auto& [node, next] = stack_.back();
      const Node& n = graph_.node(node);
      const size_t num_inputs = n.inputs.size();
      if (next == num_inputs + n.control_inputs.size()) {
        state_[static_cast<size_t>(node)] = kDone;
        order_.push_back(node);
        stack_.pop_back();
        continue;
      }
      const size_t edge = next++;
      if (edge < num_inputs && fed_.contains(Key(n.inputs[edge]))) continue;
      const int32_t producer = edge < num_inputs ? n.inputs[edge].node : n.control_inputs[edge - num_inputs];
      // Who waits for a fed node waits for the feed (TensorFlow: graph/subgraph.cc).
      if (edge >= num_inputs && fed_nodes_.contains(producer)) continue;
      SMCLI_RETURN_IF_ERROR(Enter(node, producer));
    }
    return {};
  }

  // Sources of loops are visited when everything else is, so that they come into the order without closing a cycle.
  Status Finish() {
    while (!postponed_.empty()) {
      const int32_t node = postponed_.back();
      postponed_.pop_back();
      if (state_[static_cast<size_t>(node)] == kNew) SMCLI_RETURN_IF_ERROR(Visit(node));
    }
    return {};
  }

  bool IsFed(const Endpoint& endpoint) const { return fed_.contains(Key(endpoint)); }
  std::vector<int32_t> TakeOrder() { return std::move(order_); }

 private:
  enum State : uint8_t { kNew, kOpen, kDone };

  static int64_t Key(const Endpoint& e) { return static_cast<int64_t>(e.node) << 32 | static_cast<uint32_t>(e.output); }

  void Push(int32_t node) {
    if (state_[static_cast<size_t>(node)] != kNew) return;
    state_[static_cast<size_t>(node)] = kOpen;
    stack_.emplace_back(node, 0);
  }

  Status Enter(int32_t consumer, int32_t producer) {
    if (ClosesLoop(graph_.node(consumer).op, graph_.node(producer).op)) {
      postponed_.push_back(producer);
      return {};
    }
    if (state_[static_cast<size_t>(producer)] == kOpen) {
      return InvalidModelError("GraphCycle: node '{}' waits for itself through node '{}'", graph_.node(producer).name,
                               graph_.node(consumer).name);
    }
    Push(producer);
    return {};
  }

  const Graph& graph_;
  std::vector<State> state_;
  std::unordered_set<int64_t> fed_;
  std::unordered_set<int32_t> fed_nodes_;
  std::vector<std::pair<int32_t, size_t>> stack_;  // node, next edge
  std::vector<int32_t> postponed_;
  std::vector<int32_t> order_;
};

}  // namespace

Result<std::vector<int32_t>> NeededNodes(const PlanRequest& request, bool* has_dataflow) {
  Walk walk(request);
  for (const Endpoint& fetch : request.fetches) {
    if (!walk.IsFed(fetch)) SMCLI_RETURN_IF_ERROR(walk.Visit(fetch.node));
  }
  for (int32_t target : request.targets) SMCLI_RETURN_IF_ERROR(walk.Visit(target));
  SMCLI_RETURN_IF_ERROR(walk.Finish());
  std::vector<int32_t> order = walk.TakeOrder();
  *has_dataflow = std::ranges::any_of(order, [&](int32_t node) { return IsDataflowOp(request.graph->node(node).op); });
  return order;
}

}  // namespace smcli
