#include "diff/canonical_node.h"

#include <algorithm>

#include "base/fingerprint.h"
#include "base/wire.h"
#include "model/attr_value.h"
#include "model/node_reader.h"

namespace smcli {
namespace {

constexpr uint32_t kNodeAttr = 5;  // of NodeDef
constexpr int kMaxDepth = 16;      // functions given to functions given to ...

struct Entry {
  std::string_view key, value;
};

Entry ReadEntry(std::string_view bytes) {
  Entry entry;
  WireReader reader(bytes);
  WireField field;
  while (reader.Next(field)) {
    if (field.is(1, WireType::kBytes)) entry.key = field.bytes;
    if (field.is(2, WireType::kBytes)) entry.value = field.bytes;
  }
  return entry;
}

// Calls visit(name, bytes of the AttrValue) for the attributes on the node.
template <typename Visit>
void ForEachAttr(std::string_view node_def, Visit visit) {
  WireReader reader(node_def);
  WireField field;
  while (reader.Next(field)) {
    if (!field.is(kNodeAttr, WireType::kBytes)) continue;
    const Entry entry = ReadEntry(field.bytes);
    visit(entry.key, entry.value);
  }
}

void CollectFromFunc(std::string_view name_attr_list, int depth, std::vector<std::string_view>& names);

void CollectFromAttr(std::string_view attr_value, int depth, std::vector<std::string_view>& names) {
  const auto member = ReadAttrMember(attr_value);
  if (!member.ok() || depth > kMaxDepth) return;
  if (member->which == AttrField::kFunc) return CollectFromFunc(member->field.bytes, depth, names);
  if (member->which != AttrField::kList) return;
  WireReader reader(member->field.bytes);
  WireField field;
  while (reader.Next(field)) {
    if (field.is(kListFuncField, WireType::kBytes)) CollectFromFunc(field.bytes, depth, names);
  }
}

void CollectFromFunc(std::string_view name_attr_list, int depth, std::vector<std::string_view>& names) {
  WireReader reader(name_attr_list);
  WireField field;
  while (reader.Next(field)) {
    if (field.is(1, WireType::kBytes)) names.push_back(field.bytes);
    if (field.is(2, WireType::kBytes)) CollectFromAttr(ReadEntry(field.bytes).value, depth + 1, names);
  }
}

// Inputs that lead nowhere are told apart as they are written.
void AppendRawInputs(const Node& node, std::string& out) {
  std::vector<std::string_view> inputs;
  if (!ReadNodeParts(node.def, node.def.data(), inputs).ok()) return;
  for (const std::string_view input : inputs) AppendText(input, out);
}

}  // namespace

void AttrDefaults::Add(const Graph& graph) {
  const OpSchema* last = nullptr;
  for (const Node& node : graph.nodes()) {
    if (node.schema == nullptr || node.schema == last) continue;
    last = node.schema;
    const auto [entry, added] = defaults_.try_emplace(node.schema);
    if (!added) continue;
    for (const AttrSchema& attr : node.schema->attrs) {
      if (!attr.default_value) continue;
      Default& value = entry->second.emplace_back(Default{attr.name, *attr.default_value, {}});
      AppendCanonicalAttr(*attr.default_value, {}, value.canonical);
    }
  }
}

bool AttrDefaults::IsDefault(const OpSchema* schema, std::string_view attr, std::string_view bytes,
                             std::string_view canonical) const {
  const auto found = defaults_.find(schema);
  if (found == defaults_.end()) return false;
  for (const Default& value : found->second) {
    if (value.attr == attr) return value.bytes == bytes || value.canonical == canonical;
  }
  return false;
}

CanonicalAttrs NodeCanonicalizer::Attrs(const Node& node) const {
  CanonicalAttrs attrs;
  ForEachAttr(node.def, [&](std::string_view name, std::string_view value) {
    if (!AttrCounts(node.op, name)) return;
    std::string canonical;
    AppendCanonicalAttr(value, functions_, canonical);
    if (!defaults_.IsDefault(node.schema, name, value, canonical)) attrs.emplace_back(name, std::move(canonical));
  });
  constexpr auto kName = &CanonicalAttrs::value_type::first;
  if (!std::ranges::is_sorted(attrs, {}, kName)) std::ranges::stable_sort(attrs, {}, kName);
  return attrs;
}

void NodeCanonicalizer::AppendKind(const Node& node, std::string& out) const {
  AppendFunction(node.op, functions_, out);
  AppendText(node.device, out);
  const CanonicalAttrs attrs = Attrs(node);
  AppendNumber(attrs.size(), out);
  for (const auto& [name, value] : attrs) {
    AppendText(name, out);
    AppendText(value, out);
  }
}

NodeCanonicalizer::Identity NodeCanonicalizer::IdentityOf(const Graph& graph, int32_t id) const {
  const Node& node = graph.node(id);
  std::string whole;
  AppendText(node.name, whole);
  const size_t name_size = whole.size();
  AppendKind(node, whole);
  const uint64_t kind = Fingerprint64(std::string_view(whole).substr(name_size));
  AppendNumber(node.inputs.size(), whole);
  bool resolved = true;
  for (const Endpoint& input : node.inputs) {
    AppendEndpoint(graph, input, whole);
    resolved = resolved && input.node >= 0;
  }
  if (!resolved) AppendRawInputs(node, whole);
  std::vector<std::string> controls;
  for (const int32_t control : node.control_inputs) AppendEndpoint(graph, {control, 0}, controls.emplace_back());
  std::ranges::sort(controls);
  const auto repeated = std::ranges::unique(controls);
  controls.erase(repeated.begin(), repeated.end());
  for (const std::string& control : controls) AppendText(control, whole);
  return {DigestOf(whole), kind};
}

void AppendEndpoint(const Graph& graph, const Endpoint& endpoint, std::string& out) {
  if (endpoint.node < 0) {
    out += '?';
    return;
  }
  const Node& node = graph.node(endpoint.node);
  if (IsArgument(node)) {
    out += 'a';
    AppendNumber(static_cast<uint64_t>(endpoint.node), out);
  } else {
    out += 'n';
    AppendText(node.name, out);
  }
  AppendNumber(static_cast<uint64_t>(endpoint.output), out);
}

bool SameAttrBytes(const Node& a, const Node& b) {
  WireReader left(a.def), right(b.def);
  WireField one, other;
  const auto next = [](WireReader& reader, WireField& field) {
    while (reader.Next(field)) {
      if (field.is(kNodeAttr, WireType::kBytes)) return true;
    }
    return false;
  };
  while (next(left, one)) {
    if (!next(right, other) || one.bytes != other.bytes) return false;
  }
  return !next(right, other);
}

void CollectFunctionNames(const Node& node, std::vector<std::string_view>& names) {
  names.push_back(node.op);
  ForEachAttr(node.def, [&](std::string_view, std::string_view value) { CollectFromAttr(value, 0, names); });
}

}  // namespace smcli
