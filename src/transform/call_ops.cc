#include "transform/call_ops.h"

#include <algorithm>
#include <iterator>

#include "model/attr_value.h"
#include "model/functions.h"
#include "transform/attr_lists.h"

namespace smcli {
namespace {

using Kind = CallOp::Kind;

constexpr CallOp kCallOps[] = {
    {"Case", Kind::kBranch, {}, "branches", "Tin", "Tout", 1},
    {"If", Kind::kBranch, {"then_branch", "else_branch"}, "", "Tin", "Tout", 1},
    {"PartitionedCall", Kind::kCall, {"f"}, "", "Tin", "Tout", 0},
    {"StatefulPartitionedCall", Kind::kCall, {"f"}, "", "Tin", "Tout", 0},
    {"StatelessCase", Kind::kBranch, {}, "branches", "Tin", "Tout", 1},
    {"StatelessIf", Kind::kBranch, {"then_branch", "else_branch"}, "", "Tin", "Tout", 1},
    {"StatelessWhile", Kind::kLoop, {"cond", "body"}, "", "T", "T", 0},
    {"While", Kind::kLoop, {"cond", "body"}, "", "T", "T", 0},
};

void MakeCall(GraphDraft& graph, int32_t id, const FuncAttr& function, const std::vector<DataType>& inputs,
              const std::vector<DataType>& outputs) {
  bool stateful = true;
  if (const auto* library = graph.context().functions; library != nullptr && library->Contains(function.name)) {
    const auto definition = library->Get(function.name);
    stateful = !definition.ok() || (*definition)->signature().stateful;
  }
  graph.SetOp(id, stateful ? "StatefulPartitionedCall" : "PartitionedCall");
  graph.SetAttr(id, "Tin", TypesAttr(inputs));
  graph.SetAttr(id, "Tout", TypesAttr(outputs));
  graph.SetAttr(id, "f", FuncAttrBytes(function));
  graph.Retype(id);
}

// A node whose op is the function: its attributes are the function's.
Status NormaliseDirectCall(GraphDraft& graph, int32_t id) {
  SMCLI_ASSIGN_OR_RETURN(const std::vector<DataType> inputs, graph.InputTypes(id));
  SMCLI_ASSIGN_OR_RETURN(const std::vector<DataType> outputs, graph.OutputTypes(id));
  FuncAttr function{graph.node(id).op, {}};
  const AttrReader attrs = graph.attrs(id);
  for (const AttrSchema& attr : graph.node(id).schema->attrs) {
    if (const auto value = attrs.Raw(attr.name)) function.attrs.emplace_back(attr.name, *value);
  }
  MakeCall(graph, id, function, inputs, outputs);
  return {};
}

// BatchFunction hands on all its inputs; TPUPartitionedCall all but the last, the number of a device.
Status NormaliseServingCall(GraphDraft& graph, int32_t id) {
  SMCLI_ASSIGN_OR_RETURN(std::vector<DataType> inputs, graph.InputTypes(id));
  SMCLI_ASSIGN_OR_RETURN(const std::vector<DataType> outputs, graph.OutputTypes(id));
  SMCLI_ASSIGN_OR_RETURN(const FuncAttr function, graph.attrs(id).Func("f"));
  if (graph.node(id).op == "TPUPartitionedCall" && !inputs.empty()) {
    inputs.pop_back();
    graph.node(id).inputs.pop_back();
  }
  MakeCall(graph, id, function, inputs, outputs);
  return {};
}

}  // namespace

const CallOp* FindCallOp(std::string_view op) {
  const auto found = std::ranges::find(kCallOps, op, &CallOp::op);
  return found == std::end(kCallOps) ? nullptr : &*found;
}

Result<std::vector<FuncAttr>> CalledFunctions(const GraphDraft& graph, int32_t id, const CallOp& call) {
  const AttrReader attrs = graph.attrs(id);
  if (!call.function_list.empty()) return attrs.Funcs(call.function_list);
  std::vector<FuncAttr> functions;
  for (std::string_view name : call.functions) {
    if (name.empty()) continue;
    SMCLI_ASSIGN_OR_RETURN(FuncAttr function, attrs.Func(name));
    functions.push_back(std::move(function));
  }
  return functions;
}

void SetCalledFunctions(GraphDraft& graph, int32_t id, const CallOp& call, const std::vector<FuncAttr>& functions) {
  if (!call.function_list.empty()) return graph.SetAttr(id, call.function_list, FuncsAttr(functions));
  for (size_t i = 0; i < functions.size() && i < call.functions.size(); ++i) {
    graph.SetAttr(id, call.functions[i], FuncAttrBytes(functions[i]));
  }
}

Status NormaliseCalls(GraphDraft& graph) {
  const FunctionLibrary* library = graph.context().functions;
  for (int32_t id = 0; id < graph.size(); ++id) {
    const DraftNode& node = graph.node(id);
    if (node.removed) continue;
    if (node.op == "BatchFunction" || node.op == "TPUPartitionedCall") {
      SMCLI_RETURN_IF_ERROR(NormaliseServingCall(graph, id));
    } else if (node.schema != nullptr && library != nullptr && library->Contains(node.op)) {
      SMCLI_RETURN_IF_ERROR(NormaliseDirectCall(graph, id));
    }
  }
  return {};
}

}  // namespace smcli
