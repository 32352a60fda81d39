// Tensors cut into rows of their first dimension and put together from them, for lists and arrays of tensors. Any
// dtype.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "ops/kernel.h"
#include "tensor/tensor.h"

namespace smcli {

// [first, rest...]. `ModelError` when that is too large.
Result<Shape> WithFirst(int64_t first, std::span<const int64_t> rest);

// tensor[i] for every i. `ModelError` for a scalar.
Result<std::vector<Tensor>> RowsOf(const Tensor& tensor);
// The tensor in consecutive pieces of so many rows. `ModelError` where the lengths do not add up to its rows.
Result<std::vector<Tensor>> SplitRows(const Tensor& tensor, std::span<const int64_t> lengths);
// Output `output`: [items, shape...]; all items have that shape.
Status StackTensors(KernelContext& ctx, int output, DataType dtype, const Shape& shape, std::span<const Tensor> items);
// Outputs 0 and 1: the items (vectors at least) joined along their first dimension, and how many rows each had.
Status JoinTensors(KernelContext& ctx, DataType dtype, std::span<const Tensor> items);

}  // namespace smcli
