// Reading the CollectionDefs of a meta-graph: V1 variables, init ops, assets.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/meta_graph.h"

namespace smcli {

// From an entry of MetaGraphDef.collection_def: its key and, on demand, the rest.
Result<Collection> ReadCollection(std::string key, std::string_view collection_def, const char* origin);
// A serialized VariableDef.
Result<CollectionVariable> ReadCollectionVariable(std::string_view variable_def);
// A serialized AssetFileDef.
Result<Asset> ReadAsset(std::string_view asset_file_def, const char* origin);

}  // namespace smcli
