#include "diff/node_change.h"

#include <algorithm>
#include <set>

#include "diff/attr_change.h"

namespace smcli {
namespace {

std::string EndpointText(const Graph& graph, const Endpoint& endpoint) {
  if (endpoint.node < 0) return "(nothing)";
  const Node& node = graph.node(endpoint.node);
  if (IsArgument(node)) return fmt::format("argument {}", endpoint.node);
  return endpoint.output == 0 ? std::string(node.name) : fmt::format("{}:{}", node.name, endpoint.output);
}

class NodeComparison {
 public:
  NodeComparison(const GraphSide& before, const GraphSide& after, const NodeMatching& matching,
                 const FunctionPairs& functions)
      : before_(before), after_(after), matching_(matching), functions_(functions) {}

  std::vector<NodeChange> Run() {
    for (int32_t id = 0; id < before_.graph->num_nodes(); ++id) {
      if (!before_.compared(id)) continue;
      const Node& node = before_.graph->node(id);
      if (const int32_t other = matching_.AfterOf(id); other >= 0) {
        ComparePair(id, other);
      } else {
        changes_.push_back({ChangeKind::kRemoved, std::string(node.name), "", std::string(node.op), {}});
      }
    }
    for (int32_t id = 0; id < after_.graph->num_nodes(); ++id) {
      if (!after_.compared(id) || matching_.BeforeOf(id) >= 0) continue;
      const Node& node = after_.graph->node(id);
      changes_.push_back({ChangeKind::kAdded, "", std::string(node.name), std::string(node.op), {}});
    }
    return std::move(changes_);
  }

 private:
  void ComparePair(int32_t old_id, int32_t new_id) {
    if (before_.nodes[static_cast<size_t>(old_id)] == after_.nodes[static_cast<size_t>(new_id)]) return;
    const Node& old_node = before_.graph->node(old_id);
    const Node& new_node = after_.graph->node(new_id);
    NodeChange change{
        ChangeKind::kChanged, std::string(old_node.name), std::string(new_node.name), std::string(new_node.op), {}};
    if (old_node.op != new_node.op && !functions_.AreOne(old_node.op, new_node.op)) {
      change.details.push_back(fmt::format("op {} -> {}", old_node.op, new_node.op));
    }
    if (old_node.device != new_node.device) {
      change.details.push_back(fmt::format("device \"{}\" -> \"{}\"", old_node.device, new_node.device));
    }
    // Equal bytes may still mean two things, where functions or defaults differ; then the kinds do.
    const bool same_kind = before_.kinds[static_cast<size_t>(old_id)] == after_.kinds[static_cast<size_t>(new_id)];
    if (!same_kind || !SameAttrBytes(old_node, new_node)) {
      DescribeAttrs(before_, old_node, after_, new_node, functions_, change.details);
    }
    CompareInputs(old_node, new_node, change);
    CompareControls(old_node, new_node, change);
    if (old_node.name != new_node.name) change.kind = ChangeKind::kRenamed;
    if (change.kind == ChangeKind::kRenamed || !change.details.empty()) changes_.push_back(std::move(change));
  }

  void CompareInputs(const Node& old_node, const Node& new_node, NodeChange& change) {
    const size_t count = std::max(old_node.inputs.size(), new_node.inputs.size());
    for (size_t i = 0; i < count; ++i) {
      const Endpoint before = i < old_node.inputs.size() ? old_node.inputs[i] : Endpoint();
      const Endpoint after = i < new_node.inputs.size() ? new_node.inputs[i] : Endpoint();
      if (before.node >= 0 && after.node >= 0 && before.output == after.output &&
          matching_.AfterOf(before.node) == after.node) {
        continue;
      }
      if (before.node < 0 && after.node < 0) continue;
      change.details.push_back(fmt::format("input {}: {} -> {}", i, EndpointText(*before_.graph, before),
                                           EndpointText(*after_.graph, after)));
    }
  }

  void CompareControls(const Node& old_node, const Node& new_node, NodeChange& change) {
    std::set<int32_t> after(new_node.control_inputs.begin(), new_node.control_inputs.end());
    const std::set<int32_t> before(old_node.control_inputs.begin(), old_node.control_inputs.end());
    for (const int32_t control : before) {
      if (after.erase(matching_.AfterOf(control)) != 0) continue;
      change.details.push_back(fmt::format("control input {} removed", before_.graph->node(control).name));
    }
    for (const int32_t control : after) {
      change.details.push_back(fmt::format("control input {} added", after_.graph->node(control).name));
    }
  }

  const GraphSide& before_;
  const GraphSide& after_;
  const NodeMatching& matching_;
  const FunctionPairs& functions_;
  std::vector<NodeChange> changes_;
};

}  // namespace

std::vector<NodeChange> DescribeNodes(const GraphSide& before, const GraphSide& after, const NodeMatching& matching,
                                      const FunctionPairs& functions) {
  return NodeComparison(before, after, matching, functions).Run();
}

std::vector<std::string> DescribeResults(const Graph& before, const Graph& after, const NodeMatching& matching) {
  std::vector<std::string> details;
  if (before.args().size() != after.args().size()) {
    details.push_back(fmt::format("{} -> {} arguments", before.args().size(), after.args().size()));
  }
  for (size_t i = 0; i < std::min(before.args().size(), after.args().size()); ++i) {
    if (before.args()[i].dtype == after.args()[i].dtype) continue;
    details.push_back(
        fmt::format("argument {}: {} -> {}", i, NumpyName(before.args()[i].dtype), NumpyName(after.args()[i].dtype)));
  }
  if (before.rets().size() != after.rets().size()) {
    details.push_back(fmt::format("{} -> {} results", before.rets().size(), after.rets().size()));
  }
  for (size_t i = 0; i < std::min(before.rets().size(), after.rets().size()); ++i) {
    const Endpoint& old_end = before.rets()[i].endpoint;
    const Endpoint& new_end = after.rets()[i].endpoint;
    const int32_t mapped = old_end.node < 0 ? -1 : matching.AfterOf(old_end.node);
    if (mapped == new_end.node && old_end.output == new_end.output) continue;
    details.push_back(
        fmt::format("result {}: {} -> {}", i, EndpointText(before, old_end), EndpointText(after, new_end)));
  }
  return details;
}

}  // namespace smcli
