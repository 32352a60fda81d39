#include "transform/graph_draft.h"

#include <algorithm>

#include "base/wire.h"
#include "model/attr_value.h"
#include "model/functions.h"
#include "model/tensor_lookup.h"

namespace smcli {
namespace {

constexpr uint32_t kAttrEntry = 5;  // NodeDef.attr

std::string AttrEntry(std::string_view name, std::string_view value) {
  std::string pair, entry;
  AppendBytesField(1, name, pair);
  AppendBytesField(2, value, pair);
  AppendBytesField(kAttrEntry, pair, entry);
  return entry;
}

// NameAttrList.name, and the key of a map's entry.
std::string_view FirstField(std::string_view message) {
  std::string_view name;
  WireReader reader(message);
  WireField field;
  while (reader.Next(field)) {
    if (field.is(1, WireType::kBytes)) name = field.bytes;
  }
  return name;
}

// Calls visit(name, bytes of the AttrValue) for every attribute of a NodeDef.
template <typename Visit>
void ForEachAttr(std::string_view node_def, Visit visit) {
  WireReader reader(node_def);
  WireField field;
  while (reader.Next(field)) {
    if (!field.is(kAttrEntry, WireType::kBytes)) continue;
    std::string_view value;
    WireReader entry(field.bytes);
    WireField part;
    while (entry.Next(part)) {
      if (part.is(2, WireType::kBytes)) value = part.bytes;
    }
    visit(FirstField(field.bytes), value);
  }
}

// The NodeDef's bytes without one attribute, and without name, op, inputs and device, which a draft keeps elsewhere.
std::string WithoutAttr(std::string_view node_def, std::string_view attr) {
  std::string rest;
  WireReader reader(node_def);
  WireField field;
  while (reader.Next(field)) {
    if (field.number < kAttrEntry) continue;
    if (field.is(kAttrEntry, WireType::kBytes) && FirstField(field.bytes) == attr) continue;
    rest += field.whole;
  }
  return rest;
}

// Does any attribute wait for a value from the call?
bool HasPlaceholders(std::string_view node_def) {
  bool found = false;
  ForEachAttr(node_def, [&](std::string_view, std::string_view value) {
    const auto member = ReadAttrMember(value);
    found |= member.ok() && member->which == AttrField::kPlaceholder;
  });
  return found;
}

// The attributes with what the graph's bindings say.
SharedBytes BoundAttrs(const AttrReader& attrs) {
  std::string bound;
  for (std::string_view name : attrs.Names()) {
    if (const auto value = attrs.Raw(name)) bound += AttrEntry(name, *value);
  }
  return SharedBytes(std::move(bound));
}

bool IsBackEdge(const DraftNode& reader, const DraftNode& producer) {
  return (reader.op == "Merge" || reader.op == "RefMerge") &&
         (producer.op == "NextIteration" || producer.op == "RefNextIteration");
}

void AddFunctionNames(std::string_view attr_value, std::vector<std::string>& names) {
  const auto member = ReadAttrMember(attr_value);
  if (!member.ok()) return;
  const auto add = [&](std::string_view func) { names.emplace_back(FirstField(func)); };
  if (member->which == AttrField::kFunc) add(member->field.bytes);
  if (member->which != AttrField::kList) return;
  WireReader list(member->field.bytes);
  WireField item;
  while (list.Next(item)) {
    if (item.is(kListFuncField, WireType::kBytes)) add(item.bytes);
  }
}

}  // namespace

GraphDraft GraphDraft::Of(const Graph& graph, const std::shared_ptr<const void>& keep_alive,
                          const GraphContext& context) {
  GraphDraft draft(context);
  draft.nodes_.reserve(graph.nodes().size());
  draft.by_name_.reserve(graph.nodes().size());
  const bool is_function = !graph.name().empty();
  for (const Node& node : graph.nodes()) {
    DraftNode& copy = draft.nodes_.emplace_back();
    copy.name = node.name;
    copy.op = node.op;
    copy.device = node.device;
    copy.inputs.assign(node.inputs.begin(), node.inputs.end());
    copy.control_inputs.assign(node.control_inputs.begin(), node.control_inputs.end());
    copy.schema = node.schema;
    copy.num_outputs = node.num_outputs;
    const bool bound = is_function && HasPlaceholders(node.def);
    copy.attrs = bound ? BoundAttrs(graph.attrs(node)) : SharedBytes(node.def, keep_alive);
    draft.by_name_.emplace(copy.name, draft.size() - 1);
  }
  return draft;
}

int32_t GraphDraft::Find(std::string_view name) const {
  const auto found = by_name_.find(std::string(name));
  return found == by_name_.end() ? -1 : found->second;
}

Result<Endpoint> GraphDraft::FindTensor(std::string_view tensor_name) const { return FindTensorIn(*this, tensor_name); }

std::string GraphDraft::TensorNameOf(const Endpoint& endpoint) const {
  return fmt::format("{}:{}", node(endpoint.node).name, endpoint.output);
}

AttrReader GraphDraft::attrs(int32_t id) const {
  const DraftNode& n = node(id);
  return AttrReader(
      {.node = n.name, .op = n.op, .node_def = n.attrs.view, .schema = n.schema, .keep_alive = &n.attrs.owner});
}

Result<std::vector<DataType>> GraphDraft::InputTypes(int32_t id) const {
  if (node(id).schema == nullptr) return std::vector<DataType>(node(id).inputs.size());
  SMCLI_ASSIGN_OR_RETURN(ArgTypes types, smcli::InputTypes(attrs(id)));
  return std::move(types.types);
}

Result<std::vector<DataType>> GraphDraft::OutputTypes(int32_t id) const {
  if (node(id).schema == nullptr) return std::vector<DataType>(static_cast<size_t>(node(id).num_outputs));
  SMCLI_ASSIGN_OR_RETURN(ArgTypes types, smcli::OutputTypes(attrs(id)));
  return std::move(types.types);
}

Result<DataType> GraphDraft::TypeOf(const Endpoint& endpoint) const {
  SMCLI_ASSIGN_OR_RETURN(const std::vector<DataType> types, OutputTypes(endpoint.node));
  const auto output = static_cast<size_t>(endpoint.output);
  return output < types.size() ? types[output] : DataType::kInvalid;
}

std::vector<std::string> GraphDraft::FunctionsOf(int32_t id) const {
  std::vector<std::string> names;
  const DraftNode& n = node(id);
  if (context_.functions != nullptr && context_.functions->Contains(n.op)) names.push_back(n.op);
  ForEachAttr(n.attrs.view, [&](std::string_view, std::string_view value) { AddFunctionNames(value, names); });
  return names;
}

std::string GraphDraft::UniqueName(std::string_view name) const {
  std::string unique(name);
  for (int i = 1; by_name_.contains(unique); ++i) unique = fmt::format("{}_{}", name, i);
  return unique;
}

int32_t GraphDraft::Add(std::string_view name, std::string_view op) {
  const int32_t id = size();
  std::string unique = UniqueName(name);
  by_name_.emplace(unique, id);
  DraftNode& added = nodes_.emplace_back();
  added.name = std::move(unique);
  SetOp(id, op);
  return id;
}

int32_t GraphDraft::AddConst(std::string_view name, Tensor value) {
  const int32_t id = Add(name, "Const");
  MakeConst(id, std::move(value));
  return id;
}

void GraphDraft::SetAttr(int32_t id, std::string_view name, std::string_view value) {
  DraftNode& n = node(id);
  n.attrs = SharedBytes(WithoutAttr(n.attrs.view, name) + AttrEntry(name, value));
}

void GraphDraft::RemoveAttr(int32_t id, std::string_view name) {
  if (attrs(id).IsSet(name)) node(id).attrs = SharedBytes(WithoutAttr(node(id).attrs.view, name));
}

void GraphDraft::SetSchema(DraftNode& n) {
  n.schema = nullptr;
  if (n.op == "_Arg") return;
  if (context_.functions != nullptr && context_.functions->Contains(n.op)) {
    const auto function = context_.functions->Get(n.op);
    if (function.ok()) n.schema = &(*function)->signature();
    return;
  }
  n.schema = context_.ops->Find(n.op);
}

void GraphDraft::SetOp(int32_t id, std::string_view op) {
  DraftNode& n = node(id);
  n.op = op;
  n.attrs = SharedBytes(std::string());
  n.value.Clear();
  SetSchema(n);
}

void GraphDraft::Retype(int32_t id) {
  DraftNode& n = node(id);
  if (n.schema == nullptr) return;
  if (const auto count = NumOutputs(attrs(id)); count.ok()) n.num_outputs = *count;
}

void GraphDraft::MakeConst(int32_t id, Tensor value, bool keep_order) {
  DraftNode& n = node(id);
  const std::vector<Endpoint> inputs = std::exchange(n.inputs, {});
  if (keep_order) {
    for (const Endpoint& input : inputs) AddControl(id, input.node);
  } else {
    n.control_inputs.clear();
  }
  SetOp(id, "Const");
  SetAttr(id, "dtype", TypeAttr(value.dtype()));
  n.value = std::move(value);
  n.num_outputs = 1;
}

Result<Tensor> GraphDraft::ConstValue(int32_t id) const {
  if (node(id).value.has_value()) return node(id).value;
  if (!IsConst(id)) return InvalidModelError("node '{}' ({}) is no Const", node(id).name, node(id).op);
  return attrs(id).Tensor("value");
}

void GraphDraft::Remove(int32_t id) {
  DraftNode& n = node(id);
  if (n.removed) return;
  n.removed = true;
  by_name_.erase(n.name);
  n.inputs.clear();
  n.control_inputs.clear();
  n.value.Clear();
}

void GraphDraft::Rename(int32_t id, std::string_view name) {
  by_name_.erase(node(id).name);
  node(id).name = UniqueName(name);
  by_name_.emplace(node(id).name, id);
}

Endpoint GraphDraft::Follow(Redirection& to, const Endpoint& endpoint) {
  Endpoint end = endpoint;
  std::vector<Endpoint*> path;
  while (path.size() <= to.size()) {
    const auto found = to.find({end.node, end.output});
    if (found == to.end()) break;
    path.push_back(&found->second);
    end = found->second;
  }
  for (Endpoint* step : path) *step = end;
  return end;
}

void GraphDraft::Redirect(const Redirection& to) {
  if (to.empty()) return;
  Redirection shortened = to;
  for (DraftNode& n : nodes_) {
    for (Endpoint& input : n.inputs) input = Follow(shortened, input);
  }
}

void GraphDraft::AddControl(int32_t id, int32_t producer) {
  std::vector<int32_t>& controls = node(id).control_inputs;
  if (producer != id && std::ranges::find(controls, producer) == controls.end()) controls.push_back(producer);
}

std::vector<std::vector<DraftUse>> GraphDraft::Uses() const {
  std::vector<std::vector<DraftUse>> uses(nodes_.size());
  for (int32_t id = 0; id < size(); ++id) {
    const DraftNode& n = node(id);
    for (size_t i = 0; i < n.inputs.size(); ++i) {
      if (n.inputs[i].node < 0) continue;
      uses[static_cast<size_t>(n.inputs[i].node)].push_back({id, static_cast<int32_t>(i), n.inputs[i].output});
    }
    for (int32_t producer : n.control_inputs) uses[static_cast<size_t>(producer)].push_back({id, -1, -1});
  }
  return uses;
}

Result<std::vector<int32_t>> GraphDraft::TopologicalOrder() const {
  std::vector<int32_t> waiting(nodes_.size(), 0), order, ready;
  const auto uses = Uses();
  int32_t present = 0;
  for (int32_t id = size() - 1; id >= 0; --id) {
    const DraftNode& n = node(id);
    if (n.removed) continue;
    ++present;
    auto& count = waiting[static_cast<size_t>(id)];
    for (const Endpoint& input : n.inputs) count += input.node >= 0 && !IsBackEdge(n, node(input.node));
    count += static_cast<int32_t>(n.control_inputs.size());
    if (count == 0) ready.push_back(id);
  }
  while (!ready.empty()) {
    const int32_t id = ready.back();
    ready.pop_back();
    order.push_back(id);
    const auto& readers = uses[static_cast<size_t>(id)];
    for (auto use = readers.rbegin(); use != readers.rend(); ++use) {
      if (use->input >= 0 && IsBackEdge(node(use->node), node(id))) continue;
      if (--waiting[static_cast<size_t>(use->node)] == 0) ready.push_back(use->node);
    }
  }
  if (static_cast<int32_t>(order.size()) == present) return order;
  for (int32_t id = 0; id < size(); ++id) {
    if (node(id).removed || waiting[static_cast<size_t>(id)] == 0) continue;
    return InvalidModelError("node '{}' lies on a cycle or behind one (GraphCycle)", node(id).name);
  }
  return order;
}

}  // namespace smcli
