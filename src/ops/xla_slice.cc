// XlaDynamicSlice and XlaDynamicUpdateSlice: boxes at a place computed at run time, as caches of keys and values use
// them. A box that would stick out is moved inside, as XLA's manual says of DynamicSlice.
#include <algorithm>

#include "ops/move.h"
#include "ops/op.h"
#include "ops/strided_window.h"

namespace smcli {
namespace {

Result<StridedWindow> BoxInside(const Shape& shape, const Tensor& start, const IntList& size) {
  SMCLI_ASSIGN_OR_RETURN(IntList begin, VectorInts(start, "start_indices"));
  if (begin.size() != shape.rank()) {
    return ModelError("index must be a vector with length equal to the number of input dimensions, which is {}; got {}",
                      shape.rank(), begin.size());
  }
  for (int i = 0; i < shape.rank(); ++i) {
    if (size[i] < 0 || size[i] > shape.dim(i)) {
      return ModelError("a slice of {} elements does not fit into dimension {} of size {}", size[i], i, shape.dim(i));
    }
    begin[i] = std::clamp<int64_t>(begin[i], 0, shape.dim(i) - size[i]);
  }
  return StridedWindow::Box(shape, begin, size);
}

// (input, start_indices, size_indices)
Status DynamicSlice(KernelContext& ctx) {
  const Tensor& input = ctx.input(0);
  SMCLI_ASSIGN_OR_RETURN(const IntList size, VectorInts(ctx.input(2), "size_indices"));
  if (size.size() != input.rank()) {
    return ModelError("size_indices must have {} elements, one for each dimension, and has {}", input.rank(),
                      size.size());
  }
  SMCLI_ASSIGN_OR_RETURN(const StridedWindow window, BoxInside(input.shape(), ctx.input(1), size));
  SMCLI_ASSIGN_OR_RETURN(Tensor part, window.Read(ctx.pool(), input));
  ctx.set_output(0, std::move(part));
  return {};
}

// (input, update, indices)
Status DynamicUpdateSlice(KernelContext& ctx) {
  const Shape& shape = ctx.input(0).shape();
  const Tensor& update = ctx.input(1);
  if (update.rank() != shape.rank()) {
    return ModelError("input and update must have the same rank, input shape is {}; update shape is {}",
                      shape.ToString(), update.shape().ToString());
  }
  SMCLI_ASSIGN_OR_RETURN(const StridedWindow window, BoxInside(shape, ctx.input(2), IntList(update.shape().dims())));
  SMCLI_ASSIGN_OR_RETURN(Tensor changed, Exclusive(ctx.TakeInput(0)));
  SMCLI_RETURN_IF_ERROR(window.Write(ctx.pool(), update, changed));
  ctx.set_output(0, std::move(changed));
  return {};
}

constexpr Op kOps[] = {
    {.name = "XlaDynamicSlice", .types = {}, .make = MakeFunctionKernel<DynamicSlice>},
    {.name = "XlaDynamicUpdateSlice", .types = {}, .make = MakeFunctionKernel<DynamicUpdateSlice>},
};

}  // namespace

std::span<const Op> XlaSliceOps() { return kOps; }

}  // namespace smcli
