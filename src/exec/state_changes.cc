#include "exec/state_changes.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "model/function_calls.h"

namespace smcli {
namespace {

// Stateful in TensorFlow's op list, since they read or make resources, or call functions that are looked at themselves.
constexpr std::string_view kReads[] = {"AnonymousHashTable",
                                       "Assert",
                                       "Case",
                                       "HashTable",
                                       "HashTableV2",
                                       "If",
                                       "InitializeTable",
                                       "InitializeTableFromTextFile",
                                       "InitializeTableFromTextFileV2",
                                       "InitializeTableV2",
                                       "LookupTableExport",
                                       "LookupTableExportV2",
                                       "LookupTableFind",
                                       "LookupTableFindV2",
                                       "LookupTableSize",
                                       "LookupTableSizeV2",
                                       "MutableDenseHashTable",
                                       "MutableDenseHashTableV2",
                                       "MutableHashTable",
                                       "MutableHashTableV2",
                                       "Placeholder",
                                       "ReadVariableOp",
                                       "ResourceGather",
                                       "ResourceGatherNd",
                                       "StatefulPartitionedCall",
                                       "VarHandleOp",
                                       "VarIsInitializedOp",
                                       "Variable",
                                       "VariableShape",
                                       "VariableV2",
                                       "While"};
// Take a reference without writing through it.
constexpr std::string_view kPassesReference[] = {
    "IsVariableInitialized", "RefEnter",  "RefExit",  "RefIdentity", "RefMerge",
    "RefNextIteration",      "RefSelect", "RefSwitch"};

bool IsAmong(std::string_view op, std::span<const std::string_view> ops) {
  return std::ranges::find(ops, op) != ops.end();
}

bool MayChange(const Node& node) {
  if (node.schema == nullptr) return false;
  const auto takes_reference = [](const ArgSchema& arg) { return arg.is_ref; };
  if (std::ranges::any_of(node.schema->inputs, takes_reference) && !IsAmong(node.op, kPassesReference)) return true;
  // A TensorArray lives as long as the run.
  return node.schema->stateful && !node.op.starts_with("TensorArray") && !IsAmong(node.op, kReads);
}

bool AnyMayChange(const Graph& graph) { return std::ranges::any_of(graph.nodes(), MayChange); }

// The functions that these call, directly or by way of others.
bool AnyCalleeMayChange(const std::vector<const Graph*>& roots, const FunctionTable& functions) {
  std::vector<const Graph*> work = roots;
  std::set<const Graph*> seen(work.begin(), work.end());
  while (!work.empty()) {
    const Graph* graph = work.back();
    work.pop_back();
    for (const FunctionCall& call : FunctionCalls(*graph, functions.library())) {
      for (const Graph* callee : functions.graphs()) {
        if (callee->name() != call.function || !seen.insert(callee).second) continue;
        if (AnyMayChange(*callee)) return true;
        work.push_back(callee);
      }
    }
  }
  return false;
}

}  // namespace

bool ChangesState(const Graph& graph, std::span<const int32_t> nodes, const FunctionTable& functions) {
  if (std::ranges::any_of(nodes, [&](int32_t node) { return MayChange(graph.node(node)); })) return true;
  return AnyCalleeMayChange({&graph}, functions);
}

bool ChangesState(std::string_view function, const FunctionTable& functions) {
  std::vector<const Graph*> roots;
  for (const Graph* graph : functions.graphs()) {
    if (graph->name() == function) roots.push_back(graph);
  }
  return roots.empty() || std::ranges::any_of(roots, [](const Graph* graph) { return AnyMayChange(*graph); }) ||
         AnyCalleeMayChange(roots, functions);
}

}  // namespace smcli
