// Coordinates in the last dimension of an index tensor, as GatherNd and the ScatterNd ops take them.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "ops/node_info.h"
#include "tensor/tensor.h"

namespace smcli {

// The attribute bad_indices_policy, which graphs of before 2024 lack: true for IGNORE, false for ERROR (and on a CPU
// DEFAULT). `UnsupportedError` for anything else.
Result<bool> IgnoresBadIndices(const NodeInfo& node);

// For each of the `rows` coordinate vectors of `indices` (whose last dimension is `depth`) its row-major place among
// the first `depth` dimensions of `shape`. A coordinate out of range is a ModelError, or with `ignore_bad` the place
// -1.
Result<std::vector<int64_t>> FlatPlaces(const Tensor& indices, int64_t rows, const Shape& shape, int depth,
                                        bool ignore_bad);

}  // namespace smcli
