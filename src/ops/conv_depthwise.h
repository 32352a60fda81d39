// Depthwise convolutions: what DepthwiseConv2dNative and convolutions with a group for each channel share.
#pragma once

#include "base/thread_pool.h"
#include "ops/window.h"

namespace smcli {

// The axes of a depthwise convolution of [batch, height, width, channels] with [height, width, channels, multiplier];
// both have four dimensions. `ModelError` where they do not fit.
Result<SpatialAxes> DepthwiseAxes(const WindowAttrs& window, const Shape& images, const Shape& filter);

// `images` is [batch, height, width, channels], `filter` holds height x width x channels x multiplier numbers, and
// `out` is [batch, out height, out width, channels * multiplier], of one dtype, float or double. Of `axes`, checked,
// the last two count.
void ConvolveDepthwise(ThreadPool& pool, const SpatialAxes& axes, const Tensor& images, const Tensor& filter,
                       Tensor& out);

}  // namespace smcli
