// Assets of two models: the files under assets/ and assets.extra/, and the file names that the graphs declare.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "model/saved_model.h"

namespace smcli {

struct AssetSide {
  bool exists = false;    // as a file
  bool declared = false;  // by a meta-graph; only files under assets/ are
  uint64_t size = 0;
};

// The assets of a model by their path ("assets/vocab.txt"), sizes unset; none of a frozen graph.
// `InvalidModelError` for declared names that cannot be read; `IoError` for folders that cannot.
Result<std::map<std::string, AssetSide>> ListAssets(const FileSystem& files, const SavedModel& model);

struct AssetPair {
  std::string path;  // "assets/vocab.txt", "assets.extra/tf_serving_warmup_requests"
  AssetSide before;
  AssetSide after;
  bool content_changed = false;  // both are there, with other bytes

  bool changed() const { return content_changed || before.exists != after.exists || before.declared != after.declared; }
};

// Sorted by path. `InvalidModelError` for declared names that cannot be read; `IoError` for files that cannot.
Result<std::vector<AssetPair>> DiffAssets(const FileSystem& files, const SavedModel& before, const SavedModel& after);

}  // namespace smcli
