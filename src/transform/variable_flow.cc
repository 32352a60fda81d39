#include "transform/variable_flow.h"

#include <algorithm>

#include "model/attr_value.h"
#include "transform/attr_lists.h"

namespace smcli {

struct VariableFlow::Reader {
  std::string_view op;
  Status (VariableFlow::*freeze)(int32_t id, const FrozenValue& value);
};

// What an op becomes when the handle it takes, as its first input, is a value. Ops that are not here write the
// variable.
const VariableFlow::Reader VariableFlow::kReaders[] = {
    {"DestroyResourceOp", &VariableFlow::Forget},
    {"DisableCopyOnRead", &VariableFlow::Forget},
    {"Enter", &VariableFlow::Pass},
    {"Exit", &VariableFlow::Pass},
    {"Identity", &VariableFlow::Pass},
    {"IdentityN", &VariableFlow::PassAll},
    {"Merge", &VariableFlow::Pass},
    {"NextIteration", &VariableFlow::Pass},
    {"ReadVariableOp", &VariableFlow::Read},
    {"ResourceGather", &VariableFlow::Gather},
    {"ResourceGatherNd", &VariableFlow::GatherNd},
    {"StopGradient", &VariableFlow::Pass},
    {"Switch", &VariableFlow::Pass},
    {"VarIsInitializedOp", &VariableFlow::IsInitialized},
    {"VariableShape", &VariableFlow::ShapeOf},
};

namespace {

// Ops that hand a reference on, and what they are called when there are none any more.
constexpr std::pair<std::string_view, std::string_view> kReferenceOps[] = {
    {"Identity", "Identity"},    {"RefEnter", "Enter"}, {"RefExit", "Exit"},
    {"RefIdentity", "Identity"}, {"RefMerge", "Merge"}, {"RefNextIteration", "NextIteration"},
    {"RefSwitch", "Switch"},
};

// Another op under the same attributes.
void RenameOp(GraphDraft& graph, int32_t id, std::string_view op) {
  const SharedBytes attrs = graph.node(id).attrs;
  graph.SetOp(id, op);
  graph.node(id).attrs = attrs;
}

}  // namespace

const FrozenValue* VariableFlow::Find(const Endpoint& endpoint) const {
  const auto found = frozen_.find({endpoint.node, endpoint.output});
  return found == frozen_.end() ? nullptr : &found->second;
}

void VariableFlow::Refuse(int32_t id, std::string reason) {
  const DraftNode& node = graph_.node(id);
  functions_.Refuse({std::move(reason), node.op, node.name, std::string(function_)});
}

Status VariableFlow::Run() {
  SMCLI_ASSIGN_OR_RETURN(const std::vector<int32_t> order, graph_.TopologicalOrder());
  for (int32_t id : order) SMCLI_RETURN_IF_ERROR(Visit(id));
  return {};
}

Status VariableFlow::Visit(int32_t id) {
  const std::string_view op = graph_.node(id).op;
  if (MakesVariable(op)) return FreezeVariable(id);
  FrozenPositions inputs;
  bool reads_reference = false;
  for (size_t i = 0; i < graph_.node(id).inputs.size(); ++i) {
    const Endpoint& input = graph_.node(id).inputs[i];
    if (const FrozenValue* value = Find(input)) inputs.emplace(i, *value);
    reads_reference |= references_.contains({input.node, input.output});
  }
  if (reads_reference && graph_.node(id).schema != nullptr) {
    SMCLI_ASSIGN_OR_RETURN(const ArgTypes types, smcli::InputTypes(graph_.attrs(id)));
    return VisitReference(id, types.is_ref);
  }
  if (const CallOp* call = FindCallOp(op)) return VisitCall(id, *call, inputs);
  if (inputs.empty()) {
    for (const std::string& function : graph_.FunctionsOf(id)) {
      SMCLI_ASSIGN_OR_RETURN(const bool holds, functions_.HoldsVariables(function));
      if (holds) Refuse(id, fmt::format("function '{}', which holds variables, is run", function));
    }
    return {};
  }
  const auto reader = std::ranges::find(kReaders, op, &Reader::op);
  const FrozenValue value = inputs.begin()->second;
  if (!value.missing && reader != std::end(kReaders) &&
      (inputs.begin()->first == 0 || reader->freeze == &VariableFlow::PassAll)) {
    return (this->*reader->freeze)(id, value);
  }
  if (value.missing) return AskMissing(id, value);
  RefuseUse(id, value);
  return {};
}

// Of a variable without value one may know that it has none.
Status VariableFlow::AskMissing(int32_t id, const FrozenValue& value) {
  const std::string_view op = graph_.node(id).op;
  if (op == "VarIsInitializedOp") {
    graph_.MakeConst(id, Tensor::Scalar(false), dataflow_);
  } else if (op == "Identity") {
    Set({id, 0}, value);
  } else {
    Refuse(id, fmt::format("variable '{}' has no value and is used", value.variable));
  }
  return {};
}

void VariableFlow::RefuseUse(int32_t id, const FrozenValue& value) {
  const std::string_view op = graph_.node(id).op;
  const bool writes = op.starts_with("Assign") || op.starts_with("Resource") || op.starts_with("Scatter");
  Refuse(id, fmt::format("variable '{}' is {}", value.variable, writes ? "assigned" : "used"));
}

Status VariableFlow::FreezeVariable(int32_t id) {
  const AttrReader attrs = graph_.attrs(id);
  const bool is_reference = graph_.node(id).op != "VarHandleOp";
  const VariableId variable = VariableId::Of(attrs);
  const std::string& name = variable.name;
  SMCLI_ASSIGN_OR_RETURN(const DataType dtype, attrs.Type("dtype"));
  const auto found = functions_.values().find(variable);
  if (found == functions_.values().end()) {
    if (is_reference) Refuse(id, fmt::format("variable '{}' has no value and is used", name));
    Set({id, 0}, {DataType::kResource, PartialShape(Shape{}), name, true});
    return {};
  }
  const Tensor value = found->second;
  if (value.dtype() != dtype) {
    return InvalidModelError("variable '{}' is {}, and the checkpoint holds {} for it", name, Name(dtype),
                             Name(value.dtype()));
  }
  graph_.MakeConst(id, value, true);
  if (is_reference) {
    references_[{id, 0}] = name;
  } else {
    Set({id, 0}, {dtype, PartialShape(value.shape()), name, false});
  }
  return {};
}

// V1: what takes a value reads it as before; what takes a reference hands it on, or changes the variable.
Status VariableFlow::VisitReference(int32_t id, const std::vector<bool>& is_ref) {
  for (size_t i = 0; i < graph_.node(id).inputs.size(); ++i) {
    const Endpoint& input = graph_.node(id).inputs[i];
    const auto reference = references_.find({input.node, input.output});
    if (reference == references_.end()) continue;
    const std::string variable = reference->second;
    const std::string op = graph_.node(id).op;
    const auto passing = std::ranges::find(kReferenceOps, op, &std::pair<std::string_view, std::string_view>::first);
    if (op == "IsVariableInitialized") {
      graph_.MakeConst(id, Tensor::Scalar(true), dataflow_);
      return {};
    }
    if (passing != std::end(kReferenceOps) && i == 0) {
      if (passing->second == op) return {};
      RenameOp(graph_, id, passing->second);
      for (int32_t output = 0; output < graph_.node(id).num_outputs; ++output) references_[{id, output}] = variable;
      return {};
    }
    if (i < is_ref.size() && is_ref[i]) {
      Refuse(id, fmt::format("variable '{}' is assigned", variable));
      return {};
    }
  }
  return {};
}

Status VariableFlow::Read(int32_t id, const FrozenValue& value) {
  graph_.SetOp(id, "Identity");
  graph_.SetAttr(id, "T", TypeAttr(value.dtype));
  graph_.node(id).num_outputs = 1;
  return {};
}

Status VariableFlow::Gather(int32_t id, const FrozenValue& value) {
  const AttrReader attrs = graph_.attrs(id);
  SMCLI_ASSIGN_OR_RETURN(const DataType indices, attrs.Type("Tindices"));
  const int64_t batch_dims = attrs.Int("batch_dims", 0);
  if (batch_dims < INT32_MIN || batch_dims > INT32_MAX)
    return InvalidModelError("node '{}': batch_dims is {}", graph_.node(id).name, batch_dims);
  const int32_t axis =
      graph_.AddConst(graph_.node(id).name + "/axis", Tensor::Scalar(static_cast<int32_t>(batch_dims)));
  // In a loop or a branch the constant must live where the gather does.
  if (dataflow_) graph_.AddControl(axis, graph_.node(id).inputs[1].node);
  graph_.SetOp(id, "GatherV2");
  graph_.SetAttr(id, "Tparams", TypeAttr(value.dtype));
  graph_.SetAttr(id, "Tindices", TypeAttr(indices));
  graph_.SetAttr(id, "Taxis", TypeAttr(DataType::kInt32));
  graph_.SetAttr(id, "batch_dims", IntAttr(batch_dims));
  graph_.node(id).inputs.push_back({axis, 0});
  return {};
}

Status VariableFlow::GatherNd(int32_t id, const FrozenValue& value) {
  SMCLI_ASSIGN_OR_RETURN(const DataType indices, graph_.attrs(id).Type("Tindices"));
  graph_.SetOp(id, "GatherNd");
  graph_.SetAttr(id, "Tparams", TypeAttr(value.dtype));
  graph_.SetAttr(id, "Tindices", TypeAttr(indices));
  return {};
}

Status VariableFlow::ShapeOf(int32_t id, const FrozenValue& value) {
  const DataType out_type = graph_.attrs(id).Type("out_type", DataType::kInt32);
  graph_.SetOp(id, "Shape");
  graph_.SetAttr(id, "T", TypeAttr(value.dtype));
  graph_.SetAttr(id, "out_type", TypeAttr(out_type));
  return {};
}

Status VariableFlow::IsInitialized(int32_t id, const FrozenValue&) {
  graph_.MakeConst(id, Tensor::Scalar(true), dataflow_);
  return {};
}

// What only managed the variable's memory does nothing any more.
Status VariableFlow::Forget(int32_t id, const FrozenValue&) {
  const std::vector<Endpoint> inputs = std::exchange(graph_.node(id).inputs, {});
  for (const Endpoint& input : inputs) graph_.AddControl(id, input.node);
  graph_.SetOp(id, "NoOp");
  graph_.node(id).num_outputs = 0;
  return {};
}

Status VariableFlow::Pass(int32_t id, const FrozenValue& value) {
  graph_.SetAttr(id, "T", TypeAttr(value.dtype));
  graph_.RemoveAttr(id, "_output_shapes");
  const bool one_output = graph_.node(id).op == "Merge";  // the other one says which input came
  for (int32_t output = 0; output < (one_output ? 1 : graph_.node(id).num_outputs); ++output) Set({id, output}, value);
  return {};
}

Status VariableFlow::PassAll(int32_t id, const FrozenValue&) {
  SMCLI_ASSIGN_OR_RETURN(std::vector<DataType> types, graph_.attrs(id).Types("T"));
  for (size_t i = 0; i < types.size() && i < graph_.node(id).inputs.size(); ++i) {
    const FrozenValue* value = Find(graph_.node(id).inputs[i]);
    if (value == nullptr) continue;
    types[i] = value->dtype;
    Set({id, static_cast<int32_t>(i)}, *value);
  }
  graph_.SetAttr(id, "T", TypesAttr(types));
  graph_.RemoveAttr(id, "_output_shapes");
  return {};
}

Status VariableFlow::VisitCall(int32_t id, const CallOp& call, const FrozenPositions& inputs) {
  FrozenPositions args;
  for (const auto& [input, value] : inputs) {
    if (input < static_cast<size_t>(call.first_input)) {
      RefuseUse(id, value);
      return {};
    }
    args.emplace(input - static_cast<size_t>(call.first_input), value);
  }
  SMCLI_ASSIGN_OR_RETURN(std::vector<FuncAttr> functions, CalledFunctions(graph_, id, call));
  FrozenPositions rets;
  bool changed = !args.empty();
  for (size_t i = 0; i < functions.size(); ++i) {
    SMCLI_ASSIGN_OR_RETURN(const bool holds, functions_.HoldsVariables(functions[i].name));
    if (args.empty() && !holds) continue;
    SMCLI_ASSIGN_OR_RETURN(const FrozenFunctions::Version* version, functions_.Get(functions[i], args, depth_ + 1));
    functions[i] = version->function;
    changed = true;
    if (call.kind == CallOp::Kind::kLoop && i == 0) continue;  // a condition returns no state
    rets.insert(version->rets.begin(), version->rets.end());
  }
  if (!changed) return {};
  SetCalledFunctions(graph_, id, call, functions);
  return SetCallTypes(id, call, args, rets);
}

Status VariableFlow::SetCallTypes(int32_t id, const CallOp& call, const FrozenPositions& inputs,
                                  const FrozenPositions& outputs) {
  const AttrReader attrs = graph_.attrs(id);
  SMCLI_ASSIGN_OR_RETURN(std::vector<DataType> in, attrs.Types(call.input_types));
  for (const auto& [position, value] : inputs) {
    if (position < in.size()) in[position] = value.dtype;
  }
  const auto shapes_or = attrs.IsSet("output_shapes") ? attrs.Shapes("output_shapes") : std::vector<PartialShape>();
  std::vector<PartialShape> shapes = shapes_or.ok() ? *shapes_or : std::vector<PartialShape>();
  std::vector<DataType> out;
  if (call.output_types != call.input_types) {
    SMCLI_ASSIGN_OR_RETURN(out, attrs.Types(call.output_types));
  }
  for (const auto& [position, value] : outputs) {
    if (position < out.size()) out[position] = value.dtype;
    if (position < shapes.size()) shapes[position] = value.shape;
    Set({id, static_cast<int32_t>(position)}, value);
  }
  graph_.SetAttr(id, call.input_types, TypesAttr(in));
  if (!out.empty()) graph_.SetAttr(id, call.output_types, TypesAttr(out));
  if (!shapes.empty()) graph_.SetAttr(id, "output_shapes", ShapesAttr(shapes));
  for (std::string_view hint : {"_read_only_resource_inputs", "_output_shapes", "_input_shapes"})
    graph_.RemoveAttr(id, hint);
  return {};
}

}  // namespace smcli
