// FoldConstants: nodes that compute from constants alone become constants, computed by the executor's own kernels.
#pragma once

#include "base/result.h"
#include "base/thread_pool.h"
#include "transform/rewriter.h"

namespace smcli {

// Left as they are: ops with state or randomness, ops that the executor lacks, ops that fail, and results that are
// larger than `kLargestFold` and than what they were computed from.
Status FoldConstants(Rewriter& rewriter, ThreadPool& pool);

inline constexpr size_t kLargestFold = size_t{1} << 20;  // bytes

}  // namespace smcli
