// StridedWindow: the part of a tensor that x[1:, ..., ::-2, newaxis, 3] names, as Slice and the StridedSlice ops give
// it.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "ops/int_args.h"
#include "ops/node_info.h"
#include "ops/strided_copy.h"
#include "tensor/tensor.h"

namespace smcli {

// The five masks of the StridedSlice ops; bit i belongs to entry i of begin, end and strides.
struct StridedMasks {
  uint64_t begin = 0, end = 0, ellipsis = 0, new_axis = 0, shrink_axis = 0;

  static Result<StridedMasks> Of(const NodeInfo& node);
};

struct StridedWindow {
  Shape shape;        // of the part
  IntList steps;      // per dimension of `shape`: elements of the whole from one index to the next
  int64_t first = 0;  // where in the whole the part begins; meaningless when the part is empty

  // The part is one run of the whole, in order.
  bool contiguous() const;
  bool empty() const { return shape.num_elements() == 0; }

  // As ModelError: begin, end and strides that are not vectors of one length or do not fit the tensor, a stride of 0,
  // a single index out of range.
  static Result<StridedWindow> Resolve(const Shape& whole, const Tensor& begin, const Tensor& end,
                                       const Tensor& strides, const StridedMasks& masks);
  // The box of extents `size` from `begin` on; both have one valid entry per dimension.
  static StridedWindow Box(const Shape& whole, const IntList& begin, const IntList& size);

  // A tensor of the part: a view of `whole` where that is possible and worth it.
  Result<Tensor> Read(ThreadPool& pool, const Tensor& whole) const;
  // Overwrites the part with `value`, which is broadcast to its shape. ModelError when that cannot be done.
  Status Write(ThreadPool& pool, const Tensor& value, Tensor& whole) const;
};

}  // namespace smcli
