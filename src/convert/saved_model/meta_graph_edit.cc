#include "convert/saved_model/meta_graph_edit.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "meta_graph.pb.h"
#include "variable.pb.h"

namespace smcli {
namespace {

using tensorflow::CollectionDef;
using tensorflow::MetaGraphDef;

constexpr std::array<std::string_view, 5> kTrainingCollections = {"cond_context", "queue_runners",
                                                                  "saved_model_train_op", "savers", "while_context"};

// The names of a graph's nodes; views into it.
class NodeNames {
 public:
  explicit NodeNames(const MetaGraphDef& meta_graph) {
    for (const auto& node : meta_graph.graph_def().node()) names_.insert(node.name());
  }
  // Of a node or a tensor.
  bool Has(std::string_view name) const {
    if (name.starts_with('^')) name.remove_prefix(1);
    return names_.contains(name.substr(0, name.rfind(':'))) || names_.contains(name);
  }
  bool HasIfNamed(std::string_view name) const { return name.empty() || Has(name); }

 private:
  std::set<std::string_view> names_;
};

bool IsWhole(const tensorflow::VariableDef& variable, const NodeNames& nodes) {
  return nodes.Has(variable.variable_name()) && nodes.HasIfNamed(variable.initializer_name()) &&
         nodes.HasIfNamed(variable.snapshot_name()) && nodes.HasIfNamed(variable.initial_value_name());
}

// Bytes that are no VariableDef stay.
bool MayStay(const std::string& bytes, const NodeNames& nodes) {
  tensorflow::VariableDef variable;
  return !variable.ParseFromString(bytes) || variable.variable_name().empty() || IsWhole(variable, nodes);
}

template <typename List, typename Keep>
void KeepIf(List* list, Keep keep) {
  List kept;
  for (auto& item : *list) {
    if (keep(item)) *kept.Add() = std::move(item);
  }
  *list = std::move(kept);
}

bool AssetIsThere(const google::protobuf::Any& any, const NodeNames& nodes) {
  tensorflow::AssetFileDef asset;
  return !any.type_url().ends_with("tensorflow.AssetFileDef") || !asset.ParseFromString(any.value()) ||
         nodes.Has(asset.tensor_info().name());
}

// False when nothing is left.
bool DropDead(CollectionDef& collection, const NodeNames& nodes) {
  switch (collection.kind_case()) {
    case CollectionDef::kNodeList: {
      auto* names = collection.mutable_node_list()->mutable_value();
      KeepIf(names, [&](const std::string& name) { return nodes.Has(name); });
      return !names->empty();
    }
    case CollectionDef::kBytesList: {
      auto* values = collection.mutable_bytes_list()->mutable_value();
      KeepIf(values, [&](const std::string& bytes) { return MayStay(bytes, nodes); });
      return !values->empty();
    }
    default: return true;
  }
}

void AddOps(const auto& nodes, std::set<std::string_view>& ops) {
  for (const auto& node : nodes) ops.insert(node.op());
}

void DropUnusedOps(MetaGraphDef& meta_graph) {
  if (!meta_graph.meta_info_def().has_stripped_op_list()) return;
  std::set<std::string_view> ops;
  AddOps(meta_graph.graph_def().node(), ops);
  for (const auto& function : meta_graph.graph_def().library().function()) AddOps(function.node_def(), ops);
  KeepIf(meta_graph.mutable_meta_info_def()->mutable_stripped_op_list()->mutable_op(),
         [&](const tensorflow::OpDef& op) { return ops.contains(op.name()); });
}

void VisitNames(tensorflow::TensorInfo& info, const std::function<void(std::string& name)>& visit) {
  switch (info.encoding_case()) {
    case tensorflow::TensorInfo::kName: visit(*info.mutable_name()); break;
    case tensorflow::TensorInfo::kCooSparse:
      visit(*info.mutable_coo_sparse()->mutable_values_tensor_name());
      visit(*info.mutable_coo_sparse()->mutable_indices_tensor_name());
      visit(*info.mutable_coo_sparse()->mutable_dense_shape_tensor_name());
      break;
    case tensorflow::TensorInfo::kCompositeTensor:
      for (auto& part : *info.mutable_composite_tensor()->mutable_components()) {
        if (part.encoding_case() == tensorflow::TensorInfo::kName) visit(*part.mutable_name());
      }
      break;
    default: break;
  }
}

}  // namespace

void ForEachTensorName(MetaGraphDef& meta_graph, const std::function<void(std::string& name)>& visit) {
  for (auto& [key, signature] : *meta_graph.mutable_signature_def()) {
    for (auto& [name, info] : *signature.mutable_inputs()) VisitNames(info, visit);
    for (auto& [name, info] : *signature.mutable_outputs()) VisitNames(info, visit);
  }
}

void DropDeadReferences(MetaGraphDef& meta_graph) {
  const NodeNames nodes(meta_graph);
  auto& collections = *meta_graph.mutable_collection_def();
  for (auto entry = collections.begin(); entry != collections.end();) {
    const bool training = std::ranges::find(kTrainingCollections, entry->first) != kTrainingCollections.end();
    if (training || !DropDead(entry->second, nodes)) {
      entry = collections.erase(entry);
    } else {
      ++entry;
    }
  }
  DropUnusedOps(meta_graph);
}

void DropDeadAssets(MetaGraphDef& meta_graph) {
  const NodeNames nodes(meta_graph);
  if (const auto found = meta_graph.mutable_collection_def()->find("saved_model_assets");
      found != meta_graph.mutable_collection_def()->end() && found->second.has_any_list()) {
    auto* values = found->second.mutable_any_list()->mutable_value();
    KeepIf(values, [&](const google::protobuf::Any& any) { return AssetIsThere(any, nodes); });
    if (values->empty()) meta_graph.mutable_collection_def()->erase(found);
  }
  std::vector<int32_t> positions;
  int32_t next = 0;
  for (const auto& asset : meta_graph.asset_file_def()) {
    positions.push_back(nodes.Has(asset.tensor_info().name()) ? next++ : -1);
  }
  KeepIf(meta_graph.mutable_asset_file_def(),
         [&](const tensorflow::AssetFileDef& asset) { return nodes.Has(asset.tensor_info().name()); });
  if (!meta_graph.has_object_graph_def()) return;
  for (auto& object : *meta_graph.mutable_object_graph_def()->mutable_nodes()) {
    if (!object.has_asset()) continue;
    const int32_t old = object.asset().asset_file_def_index();
    const bool known =
        old >= 0 && static_cast<size_t>(old) < positions.size() && positions[static_cast<size_t>(old)] >= 0;
    if (known) object.mutable_asset()->set_asset_file_def_index(positions[static_cast<size_t>(old)]);
  }
}

void DropStaleInputShapes(MetaGraphDef& meta_graph) {
  for (auto& function : *meta_graph.mutable_graph_def()->mutable_library()->mutable_function()) {
    const auto shapes = function.mutable_attr()->find("_input_shapes");
    if (shapes == function.mutable_attr()->end()) continue;
    if (shapes->second.list().shape_size() != function.signature().input_arg_size())
      function.mutable_attr()->erase(shapes);
  }
}

}  // namespace smcli
