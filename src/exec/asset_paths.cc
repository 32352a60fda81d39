#include "exec/asset_paths.h"

namespace smcli {

Result<std::vector<AssetFile>> AssetFiles(const MetaGraph& meta_graph, std::string_view export_dir) {
  SMCLI_ASSIGN_OR_RETURN(const std::vector<Asset> assets, meta_graph.Assets());
  std::vector<AssetFile> files;
  for (const Asset& asset : assets) {
    SMCLI_ASSIGN_OR_RETURN(std::string path, AssetPath(export_dir, asset.filename));
    files.push_back({asset.tensor_name, std::move(path)});
  }
  return files;
}

}  // namespace smcli
