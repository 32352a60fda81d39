#include "diff/subgraph.h"

#include <algorithm>
#include <map>

namespace smcli {
namespace {

constexpr size_t kMaxChanged = 40;
constexpr size_t kMaxNodes = 70;

// Both graphs as one: a matched pair is one node, numbered as in the new graph; removed nodes come after.
class Overlay {
 public:
  Overlay(const GraphSide& before, const GraphSide& after, const NodeMatching& matching)
      : before_(before), after_(after), matching_(matching), new_count_(after.graph->num_nodes()) {}

  Subgraph Draw() {
    FindChanged();
    for (const int32_t id : changed_) {
      if (kept_.size() < kMaxChanged) {
        Keep(id);
      } else {
        ++drawing_.left_out;
      }
    }
    AddNeighbours();
    AddEdges();
    return std::move(drawing_);
  }

 private:
  struct Link {
    int32_t from, to;
    bool control;
    auto operator<=>(const Link&) const = default;
  };

  int32_t OfBefore(int32_t id) const {
    const int32_t pair = matching_.AfterOf(id);
    return pair >= 0 ? pair : new_count_ + id;
  }

  void FindChanged() {
    for (int32_t id = 0; id < before_.graph->num_nodes(); ++id) {
      if (before_.compared(id) && matching_.AfterOf(id) < 0) changed_.push_back(new_count_ + id);
    }
    for (int32_t id = 0; id < new_count_; ++id) {
      if (after_.compared(id) && ChangeOf(id)) changed_.push_back(id);
    }
  }

  std::optional<ChangeKind> ChangeOf(int32_t id) const {
    if (id >= new_count_) return ChangeKind::kRemoved;
    if (IsArgument(after_.graph->node(id))) return std::nullopt;
    const int32_t pair = matching_.BeforeOf(id);
    if (pair < 0) return ChangeKind::kAdded;
    const auto old_id = static_cast<size_t>(pair), new_id = static_cast<size_t>(id);
    if (before_.nodes[old_id] == after_.nodes[new_id]) return std::nullopt;
    const bool renamed = before_.graph->node(pair).name != after_.graph->node(id).name;
    return renamed ? ChangeKind::kRenamed : ChangeKind::kChanged;
  }

  const Node& NodeOf(int32_t id) const {
    return id >= new_count_ ? before_.graph->node(id - new_count_) : after_.graph->node(id);
  }

  void Keep(int32_t id) {
    if (!kept_.emplace(id, static_cast<int>(drawing_.nodes.size())).second) return;
    const Node& node = NodeOf(id);
    drawing_.nodes.push_back(
        {std::string(node.name), std::string(IsArgument(node) ? "argument" : node.op), ChangeOf(id)});
  }

  // Calls visit(link, in the old graph?) for every edge of either graph between nodes that are compared.
  template <typename Visit>
  void ForEachLink(Visit visit) const {
    for (const bool old : {true, false}) {
      const GraphSide& side = old ? before_ : after_;
      const auto number = [&](int32_t id) { return old ? OfBefore(id) : id; };
      for (int32_t id = 0; id < side.graph->num_nodes(); ++id) {
        if (!side.compared(id)) continue;
        const Node& node = side.graph->node(id);
        for (const Endpoint& input : node.inputs) {
          if (input.node >= 0) visit(Link{number(input.node), number(id), false}, old);
        }
        for (const int32_t control : node.control_inputs) visit(Link{number(control), number(id), true}, old);
      }
    }
  }

  void AddNeighbours() {
    const std::map<int32_t, int> changed = kept_;
    ForEachLink([&](const Link& link, bool) {
      if (kept_.size() >= kMaxNodes) return;
      if (changed.contains(link.from)) Keep(link.to);
      if (changed.contains(link.to)) Keep(link.from);
    });
  }

  void AddEdges() {
    std::map<Link, int> sides;  // 1: old, 2: new, 3: both
    ForEachLink([&](const Link& link, bool old) {
      if (kept_.contains(link.from) && kept_.contains(link.to)) sides[link] |= old ? 1 : 2;
    });
    for (const auto& [link, side] : sides) {
      std::optional<ChangeKind> change;
      if (side == 1) change = ChangeKind::kRemoved;
      if (side == 2) change = ChangeKind::kAdded;
      drawing_.edges.push_back({kept_.at(link.from), kept_.at(link.to), change, link.control});
    }
  }

  const GraphSide& before_;
  const GraphSide& after_;
  const NodeMatching& matching_;
  const int32_t new_count_;
  std::vector<int32_t> changed_;
  std::map<int32_t, int> kept_;  // number in the overlay -> index in the drawing
  Subgraph drawing_;
};

}  // namespace

Subgraph DrawChanges(const GraphSide& before, const GraphSide& after, const NodeMatching& matching) {
  return Overlay(before, after, matching).Draw();
}

}  // namespace smcli
