// DynamicPartition and DynamicStitch: rows dealt out to several tensors, and put together again.
#include "ops/int_args.h"
#include "ops/move.h"
#include "ops/op.h"

namespace smcli {
namespace {

bool StartsWith(const Shape& shape, const Shape& prefix) {
  return shape.rank() >= prefix.rank() &&
         std::ranges::equal(shape.dims().first(static_cast<size_t>(prefix.rank())), prefix.dims());
}

Result<Shape> RowsOf(int64_t rows, const Shape& shape, int prefix_rank) {
  IntList dims;
  dims.push_back(rows);
  dims.append(shape.dims().subspan(static_cast<size_t>(prefix_rank)));
  return CheckedShape(dims);
}

// Elements behind the first `prefix_rank` dimensions; 0 where there are none at all.
int64_t SliceSize(const Tensor& data, int prefix_rank) {
  return data.num_elements() == 0 ? 0 : data.shape().Product(prefix_rank, data.rank());
}

Status DynamicPartition(KernelContext& ctx) {
  const Tensor& data = ctx.input(0);
  const Tensor& partitions = ctx.input(1);
  if (!StartsWith(data.shape(), partitions.shape()) || (data.rank() == kMaxRank && partitions.rank() == 0)) {
    return ModelError("data.shape must start with partitions.shape, got data.shape = {}, partitions.shape = {}",
                      data.shape().ToString(), partitions.shape().ToString());
  }
  std::vector<int64_t> counts(static_cast<size_t>(ctx.num_outputs()));
  for (int64_t i = 0; i < partitions.num_elements(); ++i) {
    const int32_t partition = partitions.data<int32_t>()[i];
    if (partition < 0 || partition >= ctx.num_outputs()) {
      return ModelError("partitions[{}] = {} is not in [0, {})", i, partition, ctx.num_outputs());
    }
    ++counts[static_cast<size_t>(partition)];
  }
  for (int i = 0; i < ctx.num_outputs(); ++i) {
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, RowsOf(counts[static_cast<size_t>(i)], data.shape(), partitions.rank()));
    SMCLI_RETURN_IF_ERROR(ctx.Allocate(i, data.dtype(), shape));
  }
  const int64_t slice = SliceSize(data, partitions.rank());
  if (slice == 0) return {};
  DispatchMove(data.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    std::vector<T*> ends;
    for (int i = 0; i < ctx.num_outputs(); ++i) ends.push_back(ctx.output(i).template mutable_data<T>());
    const T* from = data.data<T>();
    for (int32_t partition : partitions.flat<int32_t>()) {
      T*& to = ends[static_cast<size_t>(partition)];
      CopyRun(from, slice, to);
      from += slice;
      to += slice;
    }
  });
  return {};
}

// N index tensors, then N data tensors. Rows that no index names are zero; the last of several wins.
Status DynamicStitch(KernelContext& ctx) {
  const int count = ctx.num_inputs() / 2;
  const auto tail = [&](int i) {
    return ctx.input(count + i).shape().dims().subspan(static_cast<size_t>(ctx.input(i).rank()));
  };
  int64_t rows = 0;
  for (int i = 0; i < count; ++i) {
    const Tensor& indices = ctx.input(i);
    const Shape& shape = ctx.input(count + i).shape();
    if (!StartsWith(shape, indices.shape())) {
      return ModelError("data[{}].shape = {} does not start with indices[{}].shape = {}", i, shape.ToString(), i,
                        indices.shape().ToString());
    }
    if (!std::ranges::equal(tail(0), tail(i))) {
      return ModelError("Need data[0].shape[{}:] = data[{}].shape[{}:], got data[0].shape = {}, data[{}].shape = {}",
                        ctx.input(0).rank(), i, indices.rank(), ctx.input(count).shape().ToString(), i,
                        shape.ToString());
    }
    for (int32_t index : indices.flat<int32_t>()) {
      if (index < 0) return ModelError("indices[{}] is out of range: {}", i, index);
      rows = std::max<int64_t>(rows, int64_t{index} + 1);
    }
  }
  if (ctx.input(count).rank() == kMaxRank && ctx.input(0).rank() == 0)
    return ModelError("the merged tensor has too many dimensions");
  SMCLI_ASSIGN_OR_RETURN(const Shape shape, RowsOf(rows, ctx.input(count).shape(), ctx.input(0).rank()));
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, ctx.input(count).dtype(), shape));
  FillZero(*out);
  if (shape.num_elements() == 0) return {};
  const int64_t slice = shape.num_elements() / rows;
  DispatchMove(out->dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    T* to = out->mutable_data<T>();
    for (int i = 0; i < count; ++i) {
      const T* from = ctx.input(count + i).template data<T>();
      for (int32_t index : ctx.input(i).flat<int32_t>()) {
        CopyRun(from, slice, to + index * slice);
        from += slice;
      }
    }
  });
  return {};
}

constexpr Op kOps[] = {
    {.name = "DynamicPartition", .types = {}, .make = MakeFunctionKernel<DynamicPartition>},
    {.name = "DynamicStitch", .types = {}, .make = MakeFunctionKernel<DynamicStitch>},
    {.name = "ParallelDynamicStitch", .types = {}, .make = MakeFunctionKernel<DynamicStitch>},
};

}  // namespace

std::span<const Op> ArrayDynamicOps() { return kOps; }

}  // namespace smcli
