#include "diff/asset_diff.h"

#include "base/path.h"

namespace smcli {
namespace {

constexpr std::string_view kAssets = "assets";
constexpr std::string_view kExtraAssets = "assets.extra";
// Bounds for what a folder may hold: links can make it endless.
constexpr int kMaxDepth = 16;
constexpr size_t kMaxFiles = 100000;

struct Place {
  std::string path;  // below the model's folder
  int depth = 0;
};

class AssetList {
 public:
  AssetList(const FileSystem& files, const SavedModel& model) : files_(files), model_(model) {}

  Result<std::map<std::string, AssetSide>> Read() {
    if (model_.frozen()) return std::move(sides_);
    SMCLI_RETURN_IF_ERROR(ReadFolder(kAssets));
    SMCLI_RETURN_IF_ERROR(ReadFolder(kExtraAssets));
    for (const auto& meta_graph : model_.meta_graphs()) {
      SMCLI_ASSIGN_OR_RETURN(const std::vector<Asset> assets, meta_graph->Assets());
      for (const Asset& asset : assets) sides_[JoinPath(kAssets, asset.filename)].declared = true;
    }
    return std::move(sides_);
  }

 private:
  Status ReadFolder(std::string_view name) {
    std::vector<Place> open = {{std::string(name), 0}};
    if (files_.Kind(JoinPath(model_.directory(), name)) != FileKind::kDirectory) return {};
    while (!open.empty()) {
      const Place place = std::move(open.back());
      open.pop_back();
      SMCLI_ASSIGN_OR_RETURN(const auto entries, files_.List(JoinPath(model_.directory(), place.path)));
      for (const DirectoryEntry& entry : entries) {
        std::string path = JoinPath(place.path, entry.name);
        if (entry.kind == FileKind::kDirectory && place.depth < kMaxDepth) open.push_back({path, place.depth + 1});
        if (entry.kind == FileKind::kRegular) sides_[std::move(path)].exists = true;
      }
      if (sides_.size() > kMaxFiles) return InvalidModelError("{}: more than {} files", name, kMaxFiles);
    }
    return {};
  }

  const FileSystem& files_;
  const SavedModel& model_;
  std::map<std::string, AssetSide> sides_;
};

Result<MappedFile> MapAsset(const FileSystem& files, const SavedModel& model, const AssetPair& pair, AssetSide& side) {
  if (!side.exists) return MappedFile();
  SMCLI_ASSIGN_OR_RETURN(MappedFile file, files.Map(JoinPath(model.directory(), pair.path)));
  side.size = file.size();
  return file;
}

}  // namespace

Result<std::map<std::string, AssetSide>> ListAssets(const FileSystem& files, const SavedModel& model) {
  return AssetList(files, model).Read();
}

Result<std::vector<AssetPair>> DiffAssets(const FileSystem& files, const SavedModel& before, const SavedModel& after) {
  SMCLI_ASSIGN_OR_RETURN(const auto old_sides, ListAssets(files, before));
  SMCLI_ASSIGN_OR_RETURN(const auto new_sides, ListAssets(files, after));
  std::map<std::string, AssetPair> pairs;
  for (const auto& [path, side] : old_sides) pairs[path].before = side;
  for (const auto& [path, side] : new_sides) pairs[path].after = side;
  std::vector<AssetPair> sorted;
  for (auto& [path, pair] : pairs) {
    pair.path = path;
    SMCLI_ASSIGN_OR_RETURN(const MappedFile old_file, MapAsset(files, before, pair, pair.before));
    SMCLI_ASSIGN_OR_RETURN(const MappedFile new_file, MapAsset(files, after, pair, pair.after));
    pair.content_changed = pair.before.exists && pair.after.exists && old_file.bytes() != new_file.bytes();
    sorted.push_back(std::move(pair));
  }
  return sorted;
}

}  // namespace smcli
