#include "cli/composite_names.h"

#include <fmt/format.h>

#include <algorithm>

namespace smcli {

namespace {

// Numbers of TypeSpecProto.TypeSpecClass.
constexpr int kSparseTensorSpec = 1;
constexpr int kIndexedSlicesSpec = 2;
constexpr int kRaggedTensorSpec = 3;

std::vector<std::string> Numbered(std::string_view prefix, int64_t count) {
  std::vector<std::string> names;
  for (int64_t i = 0; i < count; ++i) names.push_back(fmt::format("{}{}", prefix, i));
  return names;
}

std::vector<std::string> RaggedNames(int64_t count) {
  if (count == 2) return {"values", "row_splits"};
  std::vector<std::string> names = Numbered("row_splits_", count - 1);
  names.insert(names.begin(), "values");
  return names;
}

}  // namespace

std::string JoinName(const std::string& parent, const std::string& child) {
  if (parent.empty() || child.empty()) return parent + child;
  return parent + '/' + child;
}

std::vector<std::string> ComponentNames(const StructuredValue& type_spec) {
  // A file may claim any number; no composite that is known has more than its rank.
  constexpr int64_t kMost = 1000;
  const int64_t count = std::clamp<int64_t>(CountTensors(type_spec), 0, kMost);
  const int type = type_spec.type_spec_class;
  if (type == kSparseTensorSpec && count <= 3) return {"indices", "values", "dense_shape"};
  if (type == kIndexedSlicesSpec && count == 2) return {"values", "indices"};
  if (type == kIndexedSlicesSpec && count == 3) return {"values", "indices", "dense_shape"};
  if (type == kRaggedTensorSpec && count >= 1) return RaggedNames(count);
  return Numbered("", count);
}

std::vector<NamedTensor> NamedTensors(const StructuredValue& structure, const std::string& lone) {
  std::vector<NamedTensor> out;
  for (const StructureLeaf& leaf : FlattenStructure(structure)) {
    if (leaf.num_tensors == 0) continue;
    const std::string path = leaf.path.empty() ? lone : leaf.path;
    if (leaf.value->kind == StructuredValue::Kind::kTensorSpec) {
      out.push_back({path, leaf.value});
      continue;
    }
    for (const std::string& component : ComponentNames(*leaf.value))
      out.push_back({JoinName(path, component), leaf.value});
  }
  return out;
}

}  // namespace smcli
