// ModelDiff: all that differs between two models, area by area.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "diff/asset_diff.h"
#include "diff/change.h"
#include "diff/graph_diff.h"
#include "diff/match.h"
#include "diff/model_side.h"
#include "diff/rules.h"
#include "diff/weights_diff.h"

namespace smcli {

class ThreadPool;

// The areas of a model, as bits.
enum Area : uint8_t { kInterfaceArea = 1, kGraphArea = 2, kWeightsArea = 4, kAssetsArea = 8 };
using Areas = uint8_t;
inline constexpr Areas kAllAreas = kInterfaceArea | kGraphArea | kWeightsArea | kAssetsArea;

// What a side has of the four.
Areas AreasOf(const ModelSide& side);

struct DiffOptions {
  Areas areas = kAllAreas;
  std::optional<std::vector<std::string>> tags;  // this meta-graph alone
  WeightsOptions weights;
};

struct ModelDiff {
  Areas areas = 0;  // those that were compared: what both sides have, of what was asked for
  std::vector<MetaGraphPair> meta_graphs;
  std::vector<Change> interface;
  std::vector<GraphDiff> graphs;  // of the tag sets that both have
  std::optional<WeightsDiff> weights;
  std::vector<AssetPair> assets;
  std::vector<Breakage> breakages;  // of all rules
  std::vector<Change> metadata;     // versions and the like: shown, and no difference
  std::vector<Error> faults;        // what could not be read, and was left out or compared by checksum

  bool graph_changed() const;
  bool weights_changed() const { return weights && weights->changed; }
  bool assets_changed() const;
  bool identical() const { return interface.empty() && !graph_changed() && !weights_changed() && !assets_changed(); }
};

// Both sides outlive the answer. `NotFoundError` when neither has the asked-for tag set, or the two have no area in
// common; `InvalidModelError` for what cannot be read at all.
Result<ModelDiff> DiffModels(const FileSystem& files, const ModelSide& before, const ModelSide& after,
                             const DiffOptions& options, ThreadPool& threads);

}  // namespace smcli
