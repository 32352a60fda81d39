#include "model/collections.h"

#include "meta_graph.pb.h"
#include "model/wire_check.h"
#include "variable.pb.h"

namespace smcli {

Result<Collection> ReadCollection(std::string key, std::string_view collection_def, const char* origin) {
  tensorflow::CollectionDef def;
  SMCLI_RETURN_IF_ERROR(ParseMessage(collection_def, origin, &def).Annotate(fmt::format("collection '{}'", key)));
  Collection collection;
  collection.key = std::move(key);
  switch (def.kind_case()) {
    case tensorflow::CollectionDef::kNodeList:
      collection.kind = Collection::Kind::kNodeList;
      collection.strings.assign(def.node_list().value().begin(), def.node_list().value().end());
      break;
    case tensorflow::CollectionDef::kBytesList:
      collection.kind = Collection::Kind::kBytesList;
      collection.strings.assign(def.bytes_list().value().begin(), def.bytes_list().value().end());
      break;
    case tensorflow::CollectionDef::kInt64List:
      collection.kind = Collection::Kind::kInt64List;
      collection.ints.assign(def.int64_list().value().begin(), def.int64_list().value().end());
      break;
    case tensorflow::CollectionDef::kFloatList:
      collection.kind = Collection::Kind::kFloatList;
      collection.floats.assign(def.float_list().value().begin(), def.float_list().value().end());
      break;
    case tensorflow::CollectionDef::kAnyList:
      collection.kind = Collection::Kind::kAnyList;
      for (const auto& any : def.any_list().value()) collection.any.emplace_back(any.type_url(), any.value());
      break;
    case tensorflow::CollectionDef::KIND_NOT_SET: break;
  }
  return collection;
}

Result<CollectionVariable> ReadCollectionVariable(std::string_view variable_def) {
  tensorflow::VariableDef def;
  SMCLI_RETURN_IF_ERROR(
      ParseMessage(variable_def, variable_def.data(), &def).Annotate("a VariableDef of a collection"));
  CollectionVariable variable;
  variable.name = def.variable_name();
  variable.initializer_name = def.initializer_name();
  variable.snapshot_name = def.snapshot_name();
  variable.is_resource = def.is_resource();
  variable.trainable = def.trainable();
  const tensorflow::SaveSliceInfoDef& slice = def.save_slice_info_def();
  variable.slice_name = slice.full_name();
  variable.full_shape.assign(slice.full_shape().begin(), slice.full_shape().end());
  variable.offset.assign(slice.var_offset().begin(), slice.var_offset().end());
  variable.extent.assign(slice.var_shape().begin(), slice.var_shape().end());
  return variable;
}

Result<Asset> ReadAsset(std::string_view asset_file_def, const char* origin) {
  tensorflow::AssetFileDef def;
  SMCLI_RETURN_IF_ERROR(ParseMessage(asset_file_def, origin, &def).Annotate("an asset"));
  return Asset{def.tensor_info().name(), def.filename()};
}

}  // namespace smcli
