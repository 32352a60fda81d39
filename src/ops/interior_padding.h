// Padding as XLA has it: before, behind and between the elements of each dimension; a negative edge cuts off.
#pragma once

#include "base/result.h"
#include "base/thread_pool.h"
#include "ops/int_args.h"
#include "tensor/tensor.h"

namespace smcli {

struct InteriorPadding {
  IntList low, high, interior;  // one each per dimension; interior >= 0

  // ModelError for lists that do not fit the rank, negative interiors and extents.
  Result<Shape> Apply(const Shape& shape) const;
};

// `value` is a scalar of the tensor's dtype.
Result<Tensor> PadInterior(ThreadPool& pool, const Tensor& tensor, const Tensor& value, const InteriorPadding& padding);

// The tensor with dimension order[i] in place i.
Result<Tensor> Permuted(ThreadPool& pool, const Tensor& tensor, const IntList& order);

}  // namespace smcli
