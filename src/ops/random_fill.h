// Tensors of random numbers from a given place of a Philox sequence.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "ops/kernel.h"
#include "ops/philox.h"
#include "tensor/tensor.h"

namespace smcli {

enum class Distribution { kUniform, kNormal, kTruncatedNormal, kFullInt };

// How far a generator moves on for `outputs` numbers, whatever the distribution: TensorFlow reserves 256 counts each.
inline uint64_t ReservedCounts(int64_t outputs) { return static_cast<uint64_t>(outputs) * 256; }

inline constexpr DataTypeSet kFullInts = kIndexTypes | DataType::kUint32 | DataType::kUint64;

// Output `index` of `shape`. `dtype` is of kFloats, or of kFullInts for kFullInt.
Status FillRandom(KernelContext& ctx, int index, Distribution distribution, DataType dtype, const Shape& shape,
                  const Philox& philox);
// Integers in [low, high), two scalars of `dtype` (of kFullInts). `ModelError` when the range is empty and the shape is
// not.
Status FillRandomInts(KernelContext& ctx, int index, const Tensor& low, const Tensor& high, DataType dtype,
                      const Shape& shape, const Philox& philox);

// A shape given as a vector of int32 or int64.
Result<Shape> RandomShape(const Tensor& tensor);

}  // namespace smcli
