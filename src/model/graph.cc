#include "model/graph.h"

#include <algorithm>
#include <charconv>

#include "graph.pb.h"
#include "model/tensor_lookup.h"
#include "model/wire_check.h"

namespace smcli {

int32_t Graph::Find(std::string_view name) const { return by_name_.Find(name); }

Result<Endpoint> Graph::FindTensor(std::string_view tensor_name) const { return FindTensorIn(*this, tensor_name); }

AttrReader Graph::attrs(const Node& node) const {
  return AttrReader({.node = node.name,
                     .op = node.op,
                     .node_def = node.def,
                     .schema = node.schema,
                     .bindings = &bindings_,
                     .keep_alive = &bytes_.owner});
}

Status Graph::ParseNode(const Node& node, tensorflow::NodeDef* def) const {
  return ParseMessage(node.def, node.def.data(), def).Annotate(fmt::format("node '{}'", node.name));
}

std::optional<TensorName> ParseTensorName(std::string_view text) {
  if (text.empty() || text.front() == '^' || text.front() == ':') return std::nullopt;
  const size_t colon = text.rfind(':');
  if (colon == text.npos) return TensorName{text, 0};
  TensorName name{text.substr(0, colon), 0};
  const std::string_view digits = text.substr(colon + 1);
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), name.output);
  if (parsed.ec != std::errc() || parsed.ptr != digits.data() + digits.size() || name.output < 0) return std::nullopt;
  return name;
}

namespace {

// The one edge that may close a cycle: the way back of a V1 loop.
bool IsBackEdge(const Graph& graph, const Node& reader, int32_t producer) {
  if (reader.op != "Merge" && reader.op != "RefMerge") return false;
  const std::string_view op = graph.node(producer).op;
  return op == "NextIteration" || op == "RefNextIteration";
}

// Depth first over what nodes read, with a stack of our own.
class Sorter {
 public:
  explicit Sorter(const Graph& graph) : graph_(graph), state_(static_cast<size_t>(graph.num_nodes()), kNew) {}

  Status Visit(int32_t root) {
    if (state_[static_cast<size_t>(root)] != kNew) return {};
    Enter(root);
    while (!stack_.empty()) {
      Frame& frame = stack_.back();
      const Node& node = graph_.node(frame.node);
      if (frame.next == node.inputs.size() + node.control_inputs.size()) {
        state_[static_cast<size_t>(frame.node)] = kDone;
        order_.push_back(frame.node);
        stack_.pop_back();
        continue;
      }
      const size_t i = frame.next++;
      const int32_t producer =
          i < node.inputs.size() ? node.inputs[i].node : node.control_inputs[i - node.inputs.size()];
      if (producer < 0) continue;
      const State state = state_[static_cast<size_t>(producer)];
      if (state == kNew) {
        if (!IsBackEdge(graph_, node, producer)) Enter(producer);
      } else if (state == kOpen && !IsBackEdge(graph_, node, producer)) {
        return Cycle(producer);
      }
    }
    return {};
  }
  // The loops' NextIterations, which no edge of the walk leads to.
  Status VisitBackEdges() {
    for (size_t i = 0; i < order_.size(); ++i) {
      const Node& node = graph_.node(order_[i]);
      for (const Endpoint& input : node.inputs) {
        if (input.node >= 0 && IsBackEdge(graph_, node, input.node)) SMCLI_RETURN_IF_ERROR(Visit(input.node));
      }
    }
    return {};
  }
  std::vector<int32_t> TakeOrder() { return std::move(order_); }

 private:
  enum State : uint8_t { kNew, kOpen, kDone };
  struct Frame {
    int32_t node;
    size_t next;
  };

  void Enter(int32_t node) {
    state_[static_cast<size_t>(node)] = kOpen;
    stack_.push_back({node, 0});
  }

  Error Cycle(int32_t first) const {
    const auto start = std::ranges::find(stack_, first, &Frame::node);
    std::string names;
    int listed = 0;
    for (auto frame = start; frame != stack_.end() && listed < 8; ++frame, ++listed) {
      names += fmt::format("{}'{}'", names.empty() ? "" : ", ", graph_.node(frame->node).name);
    }
    const auto size = stack_.end() - start;
    return InvalidModelError("{} nodes form a cycle: {}{} (GraphCycle)", size, names, size > listed ? ", ..." : "");
  }

  const Graph& graph_;
  std::vector<State> state_;
  std::vector<Frame> stack_;
  std::vector<int32_t> order_;
};

}  // namespace

Result<std::vector<int32_t>> TopologicalOrder(const Graph& graph) {
  Sorter sorter(graph);
  for (int32_t id = 0; id < graph.num_nodes(); ++id) SMCLI_RETURN_IF_ERROR(sorter.Visit(id));
  return sorter.TakeOrder();
}

Result<std::vector<int32_t>> TopologicalOrder(const Graph& graph, std::span<const int32_t> roots) {
  Sorter sorter(graph);
  for (int32_t root : roots) SMCLI_RETURN_IF_ERROR(sorter.Visit(root));
  SMCLI_RETURN_IF_ERROR(sorter.VisitBackEdges());
  return sorter.TakeOrder();
}

}  // namespace smcli
