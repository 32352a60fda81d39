#include "check/reach.h"

#include <algorithm>

namespace smcli {
namespace {

// Node and feeds of a list of tensors; those that the graph lacks are reported elsewhere.
std::vector<int32_t> NodesOf(const GraphSubject& subject, std::span<const TensorSpec> specs) {
  std::vector<int32_t> nodes;
  for (const TensorSpec& spec : FlattenSpecs(specs)) {
    if (const int32_t node = subject.FindNode(spec.tensor_name); node >= 0) nodes.push_back(node);
  }
  return nodes;
}

std::vector<bool> Marked(const Graph& graph, std::span<const int32_t> nodes) {
  std::vector<bool> marked(graph.nodes().size());
  for (const int32_t node : nodes) marked[static_cast<size_t>(node)] = true;
  return marked;
}

std::vector<int32_t> Indices(const std::vector<bool>& marked) {
  std::vector<int32_t> indices;
  for (size_t i = 0; i < marked.size(); ++i) {
    if (marked[i]) indices.push_back(static_cast<int32_t>(i));
  }
  return indices;
}

// The variable whose reference or handle this is.
std::string AssignedBy(const Graph& graph, const Node& node) {
  if (!AssignsVariable(node.op) || node.inputs.empty() || node.inputs[0].node < 0) return {};
  const int32_t target = node.inputs[0].node;
  return MakesVariable(graph.node(target).op) ? VariableId::Of(graph.attrs(target)).name : std::string();
}

// Nodes behind these, whatever calls do with their inputs.
std::vector<int32_t> Behind(const Graph& graph, std::vector<int32_t> roots, std::span<const int32_t> stop) {
  ArgumentUse none({});
  return Indices(none.Needed(graph, std::move(roots), Marked(graph, stop)));
}

std::optional<std::vector<int32_t>> Initialisers(const GraphSubject& subject) {
  const auto init = subject.meta.InitOpName();
  const auto collections = subject.meta.Collections();
  if (!init.ok() || !collections.ok()) return std::nullopt;
  std::vector<int32_t> nodes;
  const auto add = [&](std::string_view name) {
    if (const int32_t node = subject.FindNode(name); node >= 0) nodes.push_back(node);
  };
  if (!init->empty()) add(*init);
  for (const Collection& collection : *collections) {
    if (collection.key != "table_initializer") continue;
    for (const std::string& name : collection.strings) add(name);
  }
  return nodes;
}

}  // namespace

bool TooManyPaths(const GraphSubject& subject) {
  constexpr size_t kMaxVisits = size_t{1} << 25;
  const size_t nodes = subject.graph ? subject.graph->nodes().size() : 0;
  return subject.meta.signatures().size() * (nodes + 1) > kMaxVisits;
}

std::optional<std::vector<int32_t>> NodesOfSignature(const GraphSubject& subject, const Signature& signature) {
  if (!subject.graph) return std::nullopt;
  return Behind(*subject.graph, NodesOf(subject, signature.outputs), NodesOf(subject, signature.inputs));
}

std::optional<NameSet> VariablesOfSignatures(const GraphSubject& subject) {
  if (!subject.graph || TooManyPaths(subject)) return std::nullopt;
  const Graph& graph = *subject.graph;
  NameSet read;
  for (const Signature& signature : subject.meta.signatures()) {
    if (signature.internal()) continue;
    const auto nodes = NodesOfSignature(subject, signature);
    NameSet assigned;
    for (const int32_t id : *nodes) {
      if (std::string name = AssignedBy(graph, graph.node(id)); !name.empty()) assigned.insert(std::move(name));
    }
    for (const int32_t id : *nodes) {
      if (!MakesVariable(graph.node(id).op)) continue;
      if (std::string name = VariableId::Of(graph.attrs(id)).name; !assigned.contains(name))
        read.insert(std::move(name));
    }
  }
  return read;
}

std::optional<NameSet> VariablesOfInitialisers(const GraphSubject& subject) {
  if (!subject.graph) return std::nullopt;
  const Graph& graph = *subject.graph;
  const auto roots = Initialisers(subject);
  if (!roots) return std::nullopt;
  NameSet assigned;
  for (const int32_t id : Behind(graph, *roots, {})) {
    const Node& node = graph.node(id);
    if (std::string name = AssignedBy(graph, node); !name.empty()) assigned.insert(std::move(name));
    // A call, or an op of somebody else's, may assign whatever variables it is given.
    if (node.op.ends_with("PartitionedCall") || node.schema == nullptr) {
      for (const Endpoint& input : node.inputs) {
        if (input.node >= 0 && MakesVariable(graph.node(input.node).op))
          assigned.insert(VariableId::Of(graph.attrs(input.node)).name);
      }
    }
  }
  return assigned;
}

std::vector<std::string> DeadInputs(const GraphSubject& subject, const Signature& signature, ArgumentUse& use) {
  std::vector<std::string> dead;
  if (!subject.graph) return dead;
  const Graph& graph = *subject.graph;
  const std::vector<int32_t> inputs = NodesOf(subject, signature.inputs);
  for (const int32_t id : Behind(graph, NodesOf(subject, signature.outputs), inputs)) {
    if (!graph.node(id).op.ends_with("PartitionedCall")) continue;
    const auto function = graph.attrs(id).Func("f");
    if (function.ok() && subject.context.functions->Contains(function->name)) use.Of(function->name);
  }
  const std::vector<bool> needed = use.Needed(graph, NodesOf(subject, signature.outputs), Marked(graph, inputs));
  for (const TensorSpec& spec : FlattenSpecs(signature.inputs)) {
    const int32_t node = subject.FindNode(spec.tensor_name);
    if (node >= 0 && !needed[static_cast<size_t>(node)]) dead.push_back(spec.key);
  }
  return dead;
}

}  // namespace smcli
