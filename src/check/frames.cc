#include "check/frames.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace smcli {
namespace {

bool IsEnter(std::string_view op) { return op == "Enter" || op == "RefEnter"; }
bool IsExit(std::string_view op) { return op == "Exit" || op == "RefExit"; }
bool IsNextIteration(std::string_view op) { return op == "NextIteration" || op == "RefNextIteration"; }

class FrameWalk {
 public:
  FrameWalk(const Graph& graph, std::span<const int32_t> order)
      : graph_(graph), order_(order), frame_of_(graph.nodes().size(), kUnknown) {}

  std::vector<NodeFault> Run() {
    const auto is_enter = [](const Node& node) { return IsEnter(node.op); };
    const auto is_exit = [](const Node& node) { return IsExit(node.op); };
    if (std::ranges::none_of(graph_.nodes(), is_enter) && std::ranges::none_of(graph_.nodes(), is_exit)) return {};
    for (const int32_t id : order_) Visit(id);
    for (const int32_t id : order_) CheckBackEdges(id);
    return std::move(faults_);
  }

 private:
  static constexpr int32_t kUnknown = -2;  // behind a fault
  static constexpr int32_t kRoot = -1;
  struct Frame {
    int32_t parent;
    std::string name;
  };

  template <typename Visitor>
  void ForEachProducer(const Node& node, Visitor visit) const {
    for (const Endpoint& input : node.inputs) {
      if (input.node >= 0) visit(input.node);
    }
    for (const int32_t control : node.control_inputs) visit(control);
  }

  std::string Name(int32_t frame) const {
    return frame == kRoot ? "no loop" : fmt::format("the loop '{}'", frames_[static_cast<size_t>(frame)].name);
  }

  // The frame that the inputs come from; kRoot without any.
  int32_t FrameOfInputs(const Node& node) {
    int32_t frame = kRoot, from = -1;
    bool known = false, unknown = false;
    ForEachProducer(node, [&](int32_t producer) {
      if (IsNextIteration(graph_.node(producer).op)) return;
      const int32_t other = frame_of_[static_cast<size_t>(producer)];
      unknown |= other == kUnknown;
      if (other == kUnknown || unknown) return;
      if (known && other != frame) {
        faults_.push_back({node.name, fmt::format("reads '{}' from {} and '{}' from {}", graph_.node(from).name,
                                                  Name(frame), graph_.node(producer).name, Name(other))});
        unknown = true;
      }
      frame = other;
      from = producer;
      known = true;
    });
    return unknown ? kUnknown : frame;
  }

  void Visit(int32_t id) {
    const Node& node = graph_.node(id);
    int32_t frame = FrameOfInputs(node);
    if (frame != kUnknown && IsEnter(node.op)) {
      const std::string name = graph_.attrs(id).String("frame_name", "");
      const auto [at, added] = known_.emplace(std::pair(frame, name), static_cast<int32_t>(frames_.size()));
      if (added) frames_.push_back({frame, name});
      frame = at->second;
    } else if (IsExit(node.op)) {
      if (frame == kRoot) faults_.push_back({node.name, "leaves a loop, and is in none"});
      frame = frame < 0 ? kUnknown : frames_[static_cast<size_t>(frame)].parent;
    }
    frame_of_[static_cast<size_t>(id)] = frame;
  }

  // What comes back must come back into the same loop.
  void CheckBackEdges(int32_t id) {
    const Node& node = graph_.node(id);
    const int32_t frame = frame_of_[static_cast<size_t>(id)];
    if (frame == kUnknown) return;
    ForEachProducer(node, [&](int32_t producer) {
      const int32_t other = frame_of_[static_cast<size_t>(producer)];
      if (!IsNextIteration(graph_.node(producer).op) || other == kUnknown || other == frame) return;
      faults_.push_back({node.name, fmt::format("is in {}, and reads '{}' from {}", Name(frame),
                                                graph_.node(producer).name, Name(other))});
    });
  }

  const Graph& graph_;
  std::span<const int32_t> order_;
  std::vector<int32_t> frame_of_;  // by node
  std::vector<Frame> frames_;
  std::map<std::pair<int32_t, std::string>, int32_t> known_;
  std::vector<NodeFault> faults_;
};

}  // namespace

std::vector<NodeFault> CheckFrames(const Graph& graph, std::span<const int32_t> order) {
  return FrameWalk(graph, order).Run();
}

}  // namespace smcli
