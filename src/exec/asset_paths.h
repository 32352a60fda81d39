// Where the assets of a model are, checked to lie inside its assets/ folder.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/meta_graph.h"

namespace smcli {

struct AssetFile {
  std::string tensor_name;  // the string tensor that takes the path
  std::string path;
};

// In the order of the model's list. `InvalidModelError` PathEscapes. A file that is not there shows when an op reads
// it, as in TensorFlow: many models declare assets that nothing reads.
Result<std::vector<AssetFile>> AssetFiles(const MetaGraph& meta_graph, std::string_view export_dir);

}  // namespace smcli
