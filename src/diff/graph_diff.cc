#include "diff/graph_diff.h"

#include <map>
#include <unordered_set>

#include "base/thread_pool.h"
#include "diff/canonical_graph.h"
#include "diff/function_match.h"

namespace smcli {
namespace {

using Counts = std::map<std::string_view, int64_t>;

struct OpTotals {
  Counts ops;
  int64_t nodes = 0;
};

OpTotals CountOps(const CanonicalGraph& graph) {
  OpTotals totals;
  const auto count = [&](const Node& node) {
    if (IsArgument(node)) return;
    ++totals.nodes;
    ++totals.ops[graph.FindFunction(node.op) < 0 ? node.op : "(function call)"];
  };
  for (int32_t id = 0; id < graph.main().num_nodes(); ++id) {
    if (!graph.IsSaver(id)) count(graph.main().node(id));
  }
  for (const CanonicalFunction& function : graph.functions()) {
    if (function.saver || !function.graph) continue;
    for (const Node& node : function.graph->nodes()) count(node);
  }
  return totals;
}

std::vector<OpCount> CompareCounts(const Counts& before, const Counts& after) {
  std::map<std::string_view, OpCount> both;
  for (const auto& [op, count] : before) both[op].before = count;
  for (const auto& [op, count] : after) both[op].after = count;
  std::vector<OpCount> changed;
  for (auto& [op, row] : both) {
    row.op = op;
    if (row.before != row.after) changed.push_back(std::move(row));
  }
  return changed;
}

// The tensors behind one kept input or output, components by position.
void CompareTensorNames(const TensorSpec& before, const TensorSpec& after, const std::string& where,
                        std::vector<Change>& changes) {
  if (before.tensor_name != after.tensor_name) {
    changes.push_back({ChangeKind::kChanged, where, before.tensor_name, after.tensor_name, "tensor"});
  }
  for (size_t i = 0; i < std::min(before.components.size(), after.components.size()); ++i) {
    const TensorSpec& component = after.components[i];
    CompareTensorNames(before.components[i], component, fmt::format("{}/{}", where, component.key), changes);
  }
}

std::vector<Change> CompareTensorNames(const MetaGraphPair& pair) {
  std::vector<Change> changes;
  for (const SignaturePair& signature : pair.signatures) {
    const auto compare = [&](std::string_view side, const std::vector<SpecPair>& specs) {
      for (const SpecPair& spec : specs) {
        if (!spec.kept()) continue;
        CompareTensorNames(*spec.before, *spec.after, fmt::format("{}.{}.{}", signature.key, side, spec.key), changes);
      }
    };
    compare("inputs", signature.inputs);
    compare("outputs", signature.outputs);
  }
  const auto before = pair.before->InitOpName(), after = pair.after->InitOpName();
  if (before.ok() && after.ok() && *before != *after) {
    changes.push_back({ChangeKind::kChanged, "initialiser", *before, *after, "op"});
  }
  return changes;
}

class GraphComparison {
 public:
  GraphComparison(const CanonicalGraph& before, const CanonicalGraph& after) : before_(before), after_(after) {}

  void Describe(GraphDiff& diff) const {
    const GraphSide old_side = SideOf(before_), new_side = SideOf(after_);
    const NodeMatching nodes = MatchNodes(old_side, new_side);
    const FunctionMatching functions(before_, after_, nodes);
    diff.nodes = DescribeNodes(old_side, new_side, nodes, functions);
    if (!diff.nodes.empty()) diff.drawing = DrawChanges(old_side, new_side, nodes);
    for (const FunctionMatching::Pair& pair : functions.changed()) DescribePair(pair, functions, diff);
    for (const int32_t id : functions.removed()) DescribeOne(ChangeKind::kRemoved, before_, id, diff);
    for (const int32_t id : functions.added()) DescribeOne(ChangeKind::kAdded, after_, id, diff);
    const OpTotals before = CountOps(before_), after = CountOps(after_);
    diff.ops = CompareCounts(before.ops, after.ops);
    diff.nodes_before = before.nodes;
    diff.nodes_after = after.nodes;
  }

 private:
  void DescribePair(const FunctionMatching::Pair& pair, const FunctionMatching& functions, GraphDiff& diff) const {
    const CanonicalFunction& before = before_.functions()[static_cast<size_t>(pair.before)];
    const CanonicalFunction& after = after_.functions()[static_cast<size_t>(pair.after)];
    FunctionChange change;
    change.before = before.name;
    change.after = after.name;
    change.name = WrittenName(after.name);
    change.caller = pair.caller;
    change.results = DescribeResults(*before.graph, *after.graph, pair.nodes);
    const GraphSide old_side = SideOf(before_, before), new_side = SideOf(after_, after);
    change.nodes = DescribeNodes(old_side, new_side, pair.nodes, functions);
    if (!change.nodes.empty()) change.drawing = DrawChanges(old_side, new_side, pair.nodes);
    // Where nothing is left to say, it is a function it calls that changed.
    if (!change.results.empty() || !change.nodes.empty()) diff.functions.push_back(std::move(change));
  }

  static void DescribeOne(ChangeKind kind, const CanonicalGraph& graph, int32_t id, GraphDiff& diff) {
    const CanonicalFunction& function = graph.functions()[static_cast<size_t>(id)];
    FunctionChange change;
    change.kind = kind;
    (kind == ChangeKind::kRemoved ? change.before : change.after) = function.name;
    change.name = WrittenName(function.name);
    change.num_nodes = function.graph ? function.graph->num_nodes() : 0;
    diff.functions.push_back(std::move(change));
  }

  const CanonicalGraph& before_;
  const CanonicalGraph& after_;
};

void Place(std::string_view side, std::vector<Error>& problems, GraphDiff& diff) {
  for (Error& problem : problems) diff.problems.push_back(std::move(problem).Annotate(side));
}

}  // namespace

Result<GraphDiff> DiffGraphs(const MetaGraphPair& pair, ThreadPool& threads) {
  GraphDiff diff;
  diff.tags = pair.tags;
  std::vector<Error> problems_before, problems_after;
  SMCLI_ASSIGN_OR_RETURN(const auto before, CanonicalGraph::Make(*pair.before, threads, problems_before));
  SMCLI_ASSIGN_OR_RETURN(const auto after, CanonicalGraph::Make(*pair.after, threads, problems_after));
  Place(pair.before->place(), problems_before, diff);
  Place(pair.after->place(), problems_after, diff);
  diff.tensor_names = CompareTensorNames(pair);
  diff.min_consumer_before = before->min_consumer();
  diff.min_consumer_after = after->min_consumer();
  const bool same_content = before->digest() == after->digest();
  diff.changed = !same_content || !diff.tensor_names.empty() || diff.min_consumer_before != diff.min_consumer_after;
  if (same_content) {
    diff.nodes_before = diff.nodes_after = CountOps(*after).nodes;
  } else {
    GraphComparison(*before, *after).Describe(diff);
  }
  return diff;
}

}  // namespace smcli
