// ModelHash: a model, or a part of it, as one number: equal for two saves of one model, and for what `diff` calls
// identical.
#pragma once

#include <optional>
#include <string_view>

#include "base/file.h"
#include "base/result.h"
#include "diff/digest.h"
#include "diff/model_diff.h"
#include "diff/model_side.h"

namespace smcli {

class ThreadPool;

// The digest of each area that was asked for and that the thing has: a checkpoint has weights alone, a frozen graph
// its graph.
struct ModelHash {
  std::optional<Digest> signatures;
  std::optional<Digest> graph;
  std::optional<Digest> weights;
  std::optional<Digest> assets;

  // Of all of them together.
  Digest whole() const;
};

// `InvalidModelError` for whatever cannot be read, data files of the checkpoint included: a hash says all or nothing.
Result<ModelHash> HashModel(const FileSystem& files, const ModelSide& side, Areas areas, ThreadPool& threads);

}  // namespace smcli
