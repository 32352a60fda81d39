// FoldBatchNorms: a convolution or matrix product that is scaled and shifted per output channel takes the scale into
// its weights: FusedBatchNorm becomes a BiasAdd, a Mul by constants goes.
#pragma once

#include "base/result.h"
#include "transform/rewriter.h"

namespace smcli {

// float32 only. Results change by rounding. Constants must be constants already: fold-constants comes before.
Status FoldBatchNorms(Rewriter& rewriter);

}  // namespace smcli
