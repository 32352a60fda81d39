// Conversion of a tensor's elements to another dtype, as TensorFlow's Cast does it.
#pragma once

#include <span>

#include "base/result.h"
#include "base/thread_pool.h"
#include "tensor/tensor.h"

namespace smcli {

// The types that can be cast: numbers, bool, quantised integers (as the integers that hold them), float8.
inline constexpr DataTypeSet kCastable = kNumbers | kQuantized | kFloat8s | DataType::kBool | DataType::kInt4 |
                                         DataType::kUint4 | DataType::kInt2 | DataType::kUint2;

// y[0, n) = x[0, n) converted, both of castable dtypes. The ranges do not overlap, or are the same with equal element
// size. Out of range: float to int32 and int64 gives the minimum; to narrower types the int32 wraps, to uint32 the
// int64.
void CastElements(DataType from, const void* x, DataType to, void* y, int64_t n);

// The same tensor when it has that dtype.
Result<Tensor> CastTensor(ThreadPool& pool, const Tensor& tensor, DataType to);

// Clears the lowest `bits` bits of every mantissa, so that a cast to a float of so many bits less does not round. A NaN
// stays one. T: float or double.
template <typename T>
void CutLowBits(std::span<T> values, int bits);

}  // namespace smcli
