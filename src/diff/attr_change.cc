#include "diff/attr_change.h"

#include <map>

#include "model/attr_text.h"
#include "model/attr_value.h"
#include "tensor/compare.h"
#include "tensor/tensor_proto.h"

namespace smcli {
namespace {

constexpr int64_t kFewElements = 8;
constexpr int64_t kManyElements = 1 << 24;

std::string_view FunctionName(std::string_view name_attr_list) {
  std::string_view name;
  WireReader reader(name_attr_list);
  WireField field;
  while (reader.Next(field)) {
    if (field.is(1, WireType::kBytes)) name = field.bytes;
  }
  return name;
}

// The functions an AttrValue names; empty unless it is a function or a list of them.
std::vector<std::string_view> FunctionNames(std::string_view attr_value) {
  std::vector<std::string_view> names;
  const auto member = ReadAttrMember(attr_value);
  if (!member.ok()) return names;
  if (member->which == AttrField::kFunc) names.push_back(FunctionName(member->field.bytes));
  if (member->which != AttrField::kList) return names;
  WireReader reader(member->field.bytes);
  WireField field;
  while (reader.Next(field)) {
    if (field.is(kListFuncField, WireType::kBytes)) names.push_back(FunctionName(field.bytes));
  }
  return names;
}

bool SameFunctions(std::string_view before, std::string_view after, const FunctionPairs& functions) {
  const auto old_names = FunctionNames(before), new_names = FunctionNames(after);
  if (old_names.empty() || old_names.size() != new_names.size()) return false;
  for (size_t i = 0; i < old_names.size(); ++i) {
    if (!functions.AreOne(old_names[i], new_names[i])) return false;
  }
  return true;
}

// "3 of 100 elements differ, by at most 0.5", for tensors too large to print; empty where that cannot be said.
std::string TensorChange(std::string_view before, std::string_view after) {
  const auto old_attr = ReadAttrMember(before), new_attr = ReadAttrMember(after);
  if (!old_attr.ok() || !new_attr.ok()) return "";
  if (old_attr->which != AttrField::kTensor || new_attr->which != AttrField::kTensor) return "";
  const auto header = ReadTensorHeader(new_attr->field.bytes);
  const auto shape = header.ok() ? header->shape.ToShape() : std::nullopt;
  if (!shape || shape->num_elements() <= kFewElements || shape->num_elements() > kManyElements) return "";
  const auto old_value = TensorFromBytes(old_attr->field.bytes), new_value = TensorFromBytes(new_attr->field.bytes);
  if (!old_value.ok() || !new_value.ok() || old_value->dtype() != new_value->dtype()) return "";
  const Comparison comparison = Compare(*new_value, *old_value, {.atol = 0, .rtol = 0});
  if (!comparison.mismatch.empty()) return "";
  if (comparison.failed == 0) return "elements differ in their bits alone";
  std::string text = fmt::format("{} of {} elements differ", comparison.failed, comparison.elements);
  if (comparison.max_abs > 0) text += fmt::format(", by at most {:.6g}", comparison.max_abs);
  return text;
}

std::string Describe(std::string_view name, std::optional<std::string_view> before,
                     std::optional<std::string_view> after) {
  if (before && after) {
    if (std::string change = TensorChange(*before, *after); !change.empty()) return fmt::format("{}: {}", name, change);
  }
  const std::string old_text = before ? AttrText(*before) : "(absent)",
                    new_text = after ? AttrText(*after) : "(absent)";
  if (old_text == new_text) return fmt::format("{}: another value of {}", name, new_text);
  return fmt::format("{}: {} -> {}", name, old_text, new_text);
}

}  // namespace

void DescribeAttrs(const GraphSide& before, const Node& old_node, const GraphSide& after, const Node& new_node,
                   const FunctionPairs& functions, std::vector<std::string>& details) {
  std::map<std::string_view, std::pair<std::string, std::string>> values;
  for (auto& [name, value] : before.canonicalizer->Attrs(old_node)) values[name].first = std::move(value);
  for (auto& [name, value] : after.canonicalizer->Attrs(new_node)) values[name].second = std::move(value);
  const AttrReader old_attrs = before.graph->attrs(old_node), new_attrs = after.graph->attrs(new_node);
  for (const auto& [name, pair] : values) {
    if (pair.first == pair.second) continue;
    const auto old_value = old_attrs.Raw(name), new_value = new_attrs.Raw(name);
    if (old_value && new_value && SameFunctions(*old_value, *new_value, functions)) continue;
    details.push_back(Describe(name, old_value, new_value));
  }
}

}  // namespace smcli
