// Where the assets of a model are, checked: inside its assets/ folder, and there.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/meta_graph.h"

namespace smcli {

class FileSystem;

struct AssetFile {
  std::string tensor_name;  // the string tensor that takes the path
  std::string path;
};

// In the order of the model's list. `InvalidModelError` PathEscapes; a file that is not there is reported by Check.
Result<std::vector<AssetFile>> AssetFiles(const MetaGraph& meta_graph, std::string_view export_dir);
// `InvalidModelError` AssetMissing.
Status CheckAssetExists(const FileSystem& files, const AssetFile& asset);

}  // namespace smcli
