// SparseTensor: the three tensors (indices, values, dense shape) that TensorFlow's sparse ops take and give.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ops/int_args.h"
#include "ops/kernel.h"
#include "tensor/tensor.h"

namespace smcli {

struct SparseTensor {
  Tensor indices;  // int64 [count, rank]
  Tensor values;   // [count]
  IntList shape;   // the extents of the dense tensor, none negative

  int rank() const { return shape.size(); }
  int64_t size() const { return values.num_elements(); }
  const int64_t* index(int64_t i) const { return indices.data<int64_t>() + i * rank(); }

  // Makes one of three input tensors. ModelError where their shapes do not go together or an extent is negative; that
  // the indices lie inside the shape is not checked, as in TensorFlow (CheckInside does).
  static Result<SparseTensor> Of(const Tensor& indices, const Tensor& values, const Tensor& shape);
  // From inputs first, first + 1, first + 2 of a kernel.
  static Result<SparseTensor> Read(const KernelContext& ctx, int first) {
    return Of(ctx.input(first), ctx.input(first + 1), ctx.input(first + 2));
  }

  // ModelError for an index outside the shape.
  Status CheckInside() const;
  // The same, and for an index that is repeated or comes before the one in front of it.
  Status CheckOrdered() const;
  // -1, 0 or 1 as index i comes before, with or behind index j of another tensor of the same rank, dimension by
  // dimension.
  int Compare(int64_t i, const SparseTensor& other, int64_t j) const;
  // The entries by index, equal ones in their present order: a permutation. Empty when they are in order already.
  std::vector<int64_t> RowMajorOrder() const;
  // The entries in that order.
  Result<SparseTensor> Ordered() const;
};

// Entries `order` of a tensor of rows, of any dtype: out[i] = rows[order[i]].
Result<Tensor> PickRows(const Tensor& rows, std::span<const int64_t> order);

// int64 [values.size() / rank, rank] from coordinates in row-major order; for rank 0, [count, 0].
Result<Tensor> IndexMatrix(std::span<const int64_t> coordinates, int64_t count, int rank);

}  // namespace smcli
