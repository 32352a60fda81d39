#include "convert/saved_model/training_functions.h"

#include <algorithm>
#include <map>
#include <vector>

#include "model/function_calls.h"
#include "model/node_reader.h"

namespace smcli {
namespace {

bool IsOptimizerStep(std::string_view op) {
  return op.starts_with("ResourceApply") || op.starts_with("ResourceSparseApply") || op.starts_with("Apply") ||
         op.starts_with("SparseApply");
}

}  // namespace

Result<FunctionNames> TrainingFunctions(const MetaGraph& meta_graph, const ObjectGraph& objects) {
  SMCLI_ASSIGN_OR_RETURN(const FunctionLibrary* library, meta_graph.functions());
  std::map<std::string, std::vector<std::string>, std::less<>> callers;
  FunctionNames training;
  std::vector<std::string> work;
  std::vector<std::string_view> inputs;
  const auto add = [&](const std::string& name) {
    if (training.insert(name).second) work.push_back(name);
  };
  for (const std::string_view name : library->names()) {
    SMCLI_ASSIGN_OR_RETURN(const Function* function, library->Get(name));
    for (FunctionCall& call : FunctionCalls(*function, *library)) {
      callers[std::move(call.function)].emplace_back(name);
    }
    for (const std::string_view def : function->node_defs()) {
      inputs.clear();
      SMCLI_ASSIGN_OR_RETURN(const NodeParts node, ReadNodeParts(def, def.data(), inputs));
      if (IsOptimizerStep(node.op)) add(std::string(name));
    }
  }
  std::set<int32_t> slots;
  for (const SavedObject& object : objects.nodes()) {
    for (const SlotReference& slot : object.slots) slots.insert(slot.slot);
  }
  for (const ConcreteFunction& function : objects.concrete_functions()) {
    if (std::ranges::any_of(function.bound_inputs, [&](int32_t node) { return slots.contains(node); })) {
      add(function.name);
    }
  }
  while (!work.empty()) {
    const auto found = callers.find(work.back());
    work.pop_back();
    if (found == callers.end()) continue;
    for (const std::string& caller : found->second) add(caller);
  }
  return training;
}

}  // namespace smcli
