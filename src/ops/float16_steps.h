// Element-wise functions of half and bfloat16 that TensorFlow computes in several ops of the narrow type (Eigen's
// expressions), each of which rounds: the same steps here, in float with a rounding after each.
#pragma once

#include <cstdint>

#include "loops/loops.h"
#include "tensor/dtype.h"

namespace smcli {

// y[i] = f(x[i]), and y[i] = f(a[i], b[i]), of floats that a half or bfloat16 (what `dtype` says) can hold. y is not
// yet rounded, and may be x, a or b (but a scalar). At most kFloat16Block elements.
using UnaryFloat16Steps = void (*)(DataType dtype, const float* x, float* y, int64_t n);
using BinaryFloat16Steps = void (*)(DataType dtype, const float* a, const float* b, float* y, int64_t n, Scalar scalar);
inline constexpr int64_t kFloat16Block = 512;

// nullptr for a function that rounds once.
UnaryFloat16Steps FindFloat16Steps(UnaryFn fn);
BinaryFloat16Steps FindFloat16Steps(BinaryFn fn);

}  // namespace smcli
