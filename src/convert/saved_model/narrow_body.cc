#include "convert/saved_model/narrow_body.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "convert/saved_model/restored_values.h"
#include "model/attr_value.h"
#include "op_def.pb.h"
#include "transform/attr_lists.h"

namespace smcli {
namespace {

constexpr size_t kFirstSaved = 3;

// Ops that take a handle and no value.
constexpr std::array<std::string_view, 4> kBlind = {"DestroyResourceOp", "DisableCopyOnRead", "VarIsInitializedOp",
                                                    "VariableShape"};
// Ops that hand handles on as they are; flow knows them.
constexpr std::array<std::string_view, 8> kPass = {"Enter", "Exit",          "Identity",     "IdentityN",
                                                   "Merge", "NextIteration", "StopGradient", "Switch"};

bool IsIn(std::string_view op, const auto& table) { return std::ranges::find(table, op) != table.end(); }

// The attribute that says what a variable's values are, where it says float32; empty: there is none.
std::string_view ValueAttr(const GraphDraft& graph, int32_t id) {
  for (const std::string_view attr : {"dtype", "T"}) {
    if (graph.attrs(id).Type(attr, DataType::kInvalid) == DataType::kFloat) return attr;
  }
  return {};
}

// visit(position, argument) for every tensor of a list of arguments.
template <typename Visit>
Status ForEachTensor(const AttrReader& attrs, const std::vector<ArgSchema>& args, Visit visit) {
  size_t position = 0;
  for (const ArgSchema& arg : args) {
    SMCLI_ASSIGN_OR_RETURN(const int32_t count, NumTensors(attrs, arg));
    for (int32_t i = 0; i < count; ++i) visit(position++, arg);
  }
  return {};
}

}  // namespace

NarrowBody::NarrowBody(Narrowing& narrowing, GraphDraft& graph, FunctionDraft* function, const Handles& handles)
    : narrowing_(narrowing), graph_(graph), function_(function), handles_(handles) {}

Status NarrowBody::Run() {
  const int32_t count = graph_.size();
  for (int32_t id = 0; id < count; ++id) {
    if (!graph_.node(id).removed) SMCLI_RETURN_IF_ERROR(Visit(id));
  }
  if (!narrowing_.blockers.empty()) return {};
  if (function_ != nullptr) NarrowArgs();
  Widen();
  NarrowInputs();
  return {};
}

void NarrowBody::Refuse(int32_t id) {
  narrowing_.blockers.insert(PlaceOf(graph_, function_ == nullptr ? "" : function_->name, id));
}

Status NarrowBody::Visit(int32_t id) {
  const DraftNode& node = graph_.node(id);
  if (node.op == "RestoreV2") return NarrowRestore(id);
  if (node.op == "SaveV2") return NarrowSave(id);
  if (MakesVariable(node.op) && handles_.contains({id, 0})) {
    graph_.SetAttr(id, "dtype", TypeAttr(narrowing_.dtype));
    return {};
  }
  if (const CallOp* call = FindCallOp(node.op)) return VisitCall(id, *call);
  if (std::ranges::any_of(node.inputs, [&](const Endpoint& input) { return IsHandle(input); })) return VisitReader(id);
  return {};
}

Status NarrowBody::VisitCall(int32_t id, const CallOp& call) {
  for (size_t i = 0; i < std::min(graph_.node(id).inputs.size(), static_cast<size_t>(call.first_input)); ++i) {
    if (IsHandle(graph_.node(id).inputs[i])) Refuse(id);
  }
  auto functions = CalledFunctions(graph_, id, call);
  if (!functions.ok()) return {};
  const std::vector<bool> args = HandleFlow::ArgsOf(graph_, handles_, id, call);
  bool changed = false;
  for (FuncAttr& function : *functions) {
    const FunctionVersion* version = narrowing_.flow->Find(function.name, args);
    if (version == nullptr || version->name == function.name) continue;
    function.name = version->name;
    changed = true;
  }
  if (changed) SetCalledFunctions(graph_, id, call, *functions);
  return {};
}

Status NarrowBody::VisitReader(int32_t id) {
  const DraftNode& node = graph_.node(id);
  if (node.schema == nullptr) {
    Refuse(id);
    return {};
  }
  SMCLI_ASSIGN_OR_RETURN(const ArgTypes inputs, InputTypes(graph_.attrs(id)));
  bool reads_values = false, takes_handles = false;
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    const auto found = handles_.find({node.inputs[i].node, node.inputs[i].output});
    if (found == handles_.end()) continue;
    const bool is_ref = i < inputs.is_ref.size() && inputs.is_ref[i];
    if (found->second == HandleKind::kHandle || is_ref) {
      takes_handles = true;
    } else if (node.op == "Identity") {  // what waits for the variable to be read waits for this node
      takes_handles = true;
    } else {
      reads_values = true;
      to_widen_.emplace_back(id, i);
    }
  }
  if (!takes_handles) return {};
  if (IsIn(node.op, kBlind)) return {};
  const bool is_handle = !inputs.types.empty() && inputs.types[0] == DataType::kResource;
  if (is_handle && IsIn(node.op, kPass)) return {};
  const std::string_view attr = ValueAttr(graph_, id);
  if (attr.empty() || reads_values) {
    Refuse(id);
    return {};
  }
  return Retype(id, attr);
}

// The attribute, and with it what the node takes and gives.
Status NarrowBody::Retype(int32_t id, std::string_view attr) {
  const OpSchema& schema = *graph_.node(id).schema;
  bool mixed = false;
  SMCLI_RETURN_IF_ERROR(ForEachTensor(graph_.attrs(id), schema.inputs, [&](size_t i, const ArgSchema& arg) {
    const bool ours = i < graph_.node(id).inputs.size() && IsHandle(graph_.node(id).inputs[i]);
    const bool state = arg.type == DataType::kResource || arg.is_ref;
    if (state && !ours && (arg.type == DataType::kResource || arg.type_attr == attr)) mixed = true;
    if (!state && !ours && arg.type_attr == attr) to_narrow_.emplace_back(id, i);
  }));
  if (mixed) {
    Refuse(id);
    return {};
  }
  SMCLI_RETURN_IF_ERROR(ForEachTensor(graph_.attrs(id), schema.outputs, [&](size_t i, const ArgSchema& arg) {
    if (arg.type_attr == attr && !arg.is_ref) widened_.push_back({id, static_cast<int32_t>(i)});
  }));
  graph_.SetAttr(id, attr, TypeAttr(narrowing_.dtype));
  return {};
}

Status NarrowBody::NarrowRestore(int32_t id) {
  const auto keys = ConstStrings(graph_, id, 1);
  auto slices = ConstStrings(graph_, id, 2);
  if (!keys || !slices || slices->size() != keys->size()) return {};
  SMCLI_ASSIGN_OR_RETURN(std::vector<DataType> types, graph_.attrs(id).Types("dtypes"));
  bool changed = false, sliced = false;
  for (size_t i = 0; i < std::min(keys->size(), types.size()); ++i) {
    if (!narrowing_.keys.contains((*keys)[i]) || types[i] != DataType::kFloat) continue;
    types[i] = narrowing_.dtype;
    widened_.push_back({id, static_cast<int32_t>(i)});
    changed = true;
    if ((*slices)[i].empty()) continue;
    // TensorFlow restores slices of some dtypes only, and these are not among them.
    parts_[{id, static_cast<int32_t>(i)}] = std::exchange((*slices)[i], std::string());
    sliced = true;
  }
  if (changed) graph_.SetAttr(id, "dtypes", TypesAttr(types));
  if (!sliced) return {};
  const auto count = static_cast<int64_t>(slices->size());
  const std::string name = graph_.node(graph_.node(id).inputs[2].node).name;
  graph_.node(id).inputs[2] = {graph_.AddConst(name, Tensor::Strings(Shape{count}, *std::move(slices))), 0};
  return {};
}

// "10 20 0,5:-": the extents follow the last blank.
Endpoint NarrowBody::AddSlice(const Endpoint& whole, const std::string& slice) {
  std::vector<int64_t> begin, size;
  std::string_view rest = std::string_view(slice).substr(slice.rfind(' ') + 1);
  while (!rest.empty()) {
    const size_t colon = std::min(rest.find(':'), rest.size());
    int64_t start = 0, length = -1;
    if (const std::string_view extent = rest.substr(0, colon); extent != "-") {
      const auto parsed = std::from_chars(extent.data(), extent.data() + extent.size(), start);
      if (parsed.ptr != extent.data() + extent.size()) {
        std::from_chars(parsed.ptr + 1, extent.data() + extent.size(), length);
      }
    }
    begin.push_back(start);
    size.push_back(length);
    rest.remove_prefix(std::min(colon + 1, rest.size()));
  }
  const std::string name = fmt::format("{}/part_{}", graph_.node(whole.node).name, whole.output);
  const int32_t begins = graph_.AddConst(name + "/begin", Tensor::Vector<int64_t>(begin));
  const int32_t sizes = graph_.AddConst(name + "/size", Tensor::Vector<int64_t>(size));
  const int32_t part = graph_.Add(name, "Slice");
  graph_.SetAttr(part, "T", TypeAttr(narrowing_.dtype));
  graph_.SetAttr(part, "Index", TypeAttr(DataType::kInt64));
  graph_.node(part).inputs = {whole, {begins, 0}, {sizes, 0}};
  graph_.node(part).num_outputs = 1;
  return {part, 0};
}

Status NarrowBody::NarrowSave(int32_t id) {
  const auto keys = ConstStrings(graph_, id, 1);
  if (!keys) return {};
  SMCLI_ASSIGN_OR_RETURN(std::vector<DataType> types, graph_.attrs(id).Types("dtypes"));
  bool changed = false;
  for (size_t i = 0; i < std::min(keys->size(), types.size()); ++i) {
    const size_t input = i + kFirstSaved;
    if (!narrowing_.keys.contains((*keys)[i]) || types[i] != DataType::kFloat) continue;
    if (input >= graph_.node(id).inputs.size()) continue;
    types[i] = narrowing_.dtype;
    // A reference is narrow already.
    if (!IsHandle(graph_.node(id).inputs[input])) to_narrow_.emplace_back(id, input);
    changed = true;
  }
  if (changed) graph_.SetAttr(id, "dtypes", TypesAttr(types));
  return {};
}

// What a function says about the variables behind its arguments.
void NarrowBody::NarrowArgs() {
  for (FunctionDraft::Arg& arg : function_->args) {
    if (!IsHandle({arg.node, 0}) || arg.def.view.empty()) continue;
    tensorflow::OpDef::ArgDef def;
    if (!def.ParseFromArray(arg.def.view.data(), static_cast<int>(arg.def.view.size()))) continue;
    for (auto& data : *def.mutable_handle_data()) {
      data.set_dtype(static_cast<tensorflow::DataType>(static_cast<int>(narrowing_.dtype)));
    }
    arg.def = SharedBytes(def.SerializeAsString());
  }
}

int32_t NarrowBody::AddCast(const Endpoint& input, DataType from, DataType to, std::string_view name) {
  const std::string device = graph_.node(input.node).device;
  const int32_t cast = graph_.Add(name, "Cast");
  graph_.SetAttr(cast, "SrcT", TypeAttr(from));
  graph_.SetAttr(cast, "DstT", TypeAttr(to));
  graph_.node(cast).inputs = {input};
  graph_.node(cast).num_outputs = 1;
  graph_.node(cast).device = device;
  return cast;
}

void NarrowBody::Widen() {
  for (const auto& [id, input] : to_widen_) {
    const Endpoint reference = graph_.node(id).inputs[input];
    const std::string name = fmt::format("{}/wide_{}", graph_.node(id).name, input);
    const int32_t cast = AddCast(reference, narrowing_.dtype, DataType::kFloat, name);
    // The variable is read when its reader would have read it.
    graph_.node(cast).control_inputs = graph_.node(id).control_inputs;
    graph_.node(id).inputs[input] = {cast, 0};
  }
  std::map<int32_t, Endpoint> wholes;  // slices of ours, and what they cut
  for (const Endpoint& narrow : widened_) {
    const std::string name = narrow.output == 0
                                 ? graph_.node(narrow.node).name + "/wide"
                                 : fmt::format("{}/wide_{}", graph_.node(narrow.node).name, narrow.output);
    const auto slice = parts_.find({narrow.node, narrow.output});
    const Endpoint part = slice == parts_.end() ? narrow : AddSlice(narrow, slice->second);
    const int32_t cast = AddCast(part, narrowing_.dtype, DataType::kFloat, name);
    casts_[cast] = part;
    if (slice != parts_.end()) wholes[part.node] = narrow;
    moved_[{narrow.node, narrow.output}] = {cast, 0};
  }
  if (function_ != nullptr) {
    function_->Redirect(moved_);
  } else {
    graph_.Redirect(moved_);
  }
  for (const auto& [cast, narrow] : casts_) graph_.node(cast).inputs = {narrow};
  for (const auto& [part, whole] : wholes) graph_.node(part).inputs[0] = whole;
}

// The narrow value that a wide one was made from, or a cast of it.
Endpoint NarrowBody::NarrowVersion(const Endpoint& wide, int32_t reader) {
  if (const auto cast = casts_.find(wide.node); cast != casts_.end()) return cast->second;
  DraftNode& producer = graph_.node(wide.node);
  if (producer.op == "Identity" && readers_[wide.node] == 1) {
    if (const auto cast = casts_.find(producer.inputs[0].node); cast != casts_.end()) {
      producer.inputs[0] = cast->second;
      --readers_[cast->first];
      graph_.SetAttr(wide.node, "T", TypeAttr(narrowing_.dtype));
      return wide;
    }
  }
  const std::string name = fmt::format("{}/narrow", graph_.node(reader).name);
  return {AddCast(wide, DataType::kFloat, narrowing_.dtype, name), 0};
}

void NarrowBody::NarrowInputs() {
  const auto uses = graph_.Uses();
  for (int32_t id = 0; id < static_cast<int32_t>(uses.size()); ++id) {
    const auto& of = uses[static_cast<size_t>(id)];
    readers_[id] = static_cast<int>(std::ranges::count_if(of, [](const DraftUse& use) { return use.input >= 0; }));
  }
  if (function_ != nullptr) {
    for (const auto& ret : function_->rets) ++readers_[ret.source.node];
  }
  for (const auto& [id, input] : to_narrow_) {
    const Endpoint wide = graph_.node(id).inputs[input];
    const Endpoint narrow = NarrowVersion(wide, id);
    --readers_[wide.node];
    graph_.node(id).inputs[input] = narrow;
  }
  for (const auto& [cast, narrow] : casts_) {
    if (readers_[cast] <= 0 && !named_.contains({narrow.node, narrow.output})) graph_.Remove(cast);
  }
}

}  // namespace smcli
