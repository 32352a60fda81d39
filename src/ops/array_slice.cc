// Slice and the StridedSlice ops: parts of a tensor, read and written.
#include "ops/move.h"
#include "ops/op.h"
#include "ops/strided_window.h"

namespace smcli {
namespace {

Status Slice(KernelContext& ctx) {
  const Tensor& input = ctx.input(0);
  SMCLI_ASSIGN_OR_RETURN(const IntList begin, VectorInts(ctx.input(1), "begin"));
  SMCLI_ASSIGN_OR_RETURN(IntList size, VectorInts(ctx.input(2), "size"));
  if (begin.size() != input.rank() || size.size() != input.rank()) {
    return ModelError("Expected begin and size arguments to be 1-D tensors of size {}, but got {} and {}.",
                      input.rank(), begin.size(), size.size());
  }
  for (int i = 0; i < input.rank(); ++i) {
    const int64_t extent = input.dim(i);
    if (begin[i] < 0 || begin[i] > extent) {
      return ModelError("Expected begin[{}] in [0, {}], but got {}", i, extent, begin[i]);
    }
    if (size[i] == -1) size[i] = extent - begin[i];
    if (size[i] < 0 || size[i] > extent - begin[i]) {
      return ModelError("Expected size[{}] in [0, {}], but got {}", i, extent - begin[i], size[i]);
    }
  }
  SMCLI_ASSIGN_OR_RETURN(Tensor part, StridedWindow::Box(input.shape(), begin, size).Read(ctx.pool(), input));
  ctx.set_output(0, std::move(part));
  return {};
}

class StridedSlice final : public Kernel {
 public:
  static Result<StridedSlice> Make(const NodeInfo& node) {
    SMCLI_ASSIGN_OR_RETURN(const StridedMasks masks, StridedMasks::Of(node));
    return StridedSlice(masks);
  }
  Status Compute(KernelContext& ctx) const override {
    const Tensor& input = ctx.input(0);
    SMCLI_ASSIGN_OR_RETURN(const StridedWindow window,
                           StridedWindow::Resolve(input.shape(), ctx.input(1), ctx.input(2), ctx.input(3), masks_));
    SMCLI_ASSIGN_OR_RETURN(Tensor part, window.Read(ctx.pool(), input));
    ctx.set_output(0, std::move(part));
    return {};
  }

 private:
  explicit StridedSlice(const StridedMasks& masks) : masks_(masks) {}
  StridedMasks masks_;
};

// (shape, begin, end, strides, dy): zeros of `shape`, with dy where the slice was.
class StridedSliceGrad final : public Kernel {
 public:
  static Result<StridedSliceGrad> Make(const NodeInfo& node) {
    SMCLI_ASSIGN_OR_RETURN(const StridedMasks masks, StridedMasks::Of(node));
    return StridedSliceGrad(masks);
  }
  Status Compute(KernelContext& ctx) const override {
    SMCLI_ASSIGN_OR_RETURN(const IntList dims, VectorInts(ctx.input(0), "shape"));
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, CheckedShape(dims));
    SMCLI_ASSIGN_OR_RETURN(const StridedWindow window,
                           StridedWindow::Resolve(shape, ctx.input(1), ctx.input(2), ctx.input(3), masks_));
    const Tensor& dy = ctx.input(4);
    if (!(dy.shape() == window.shape)) {
      return ModelError("shape of dy was {} instead of {}", dy.shape().ToString(), window.shape.ToString());
    }
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, dy.dtype(), shape));
    FillZero(*out);
    return window.Write(ctx.pool(), dy, *out);
  }

 private:
  explicit StridedSliceGrad(const StridedMasks& masks) : masks_(masks) {}
  StridedMasks masks_;
};

// (target, begin, end, strides, value). The target is a tensor, which comes out changed, or a variable.
class StridedSliceUpdate final : public Kernel {
 public:
  static Result<StridedSliceUpdate> Make(const NodeInfo& node) {
    StridedSliceUpdate kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.masks_, StridedMasks::Of(node));
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    if (ctx.input(0).dtype() != DataType::kResource) {
      SMCLI_ASSIGN_OR_RETURN(Tensor changed, Exclusive(ctx.TakeInput(0)));
      SMCLI_RETURN_IF_ERROR(Update(ctx, changed));
      ctx.set_output(0, std::move(changed));
      return {};
    }
    SMCLI_ASSIGN_OR_RETURN(auto variable, ResourceOf<Variable>(ctx.input(0)));
    SMCLI_ASSIGN_OR_RETURN(Tensor * value, variable->Mutable());
    SMCLI_RETURN_IF_ERROR(Update(ctx, *value));
    if (ctx.num_outputs() == 1) ctx.set_output(0, ctx.input(0));
    return {};
  }

 private:
  Status Update(KernelContext& ctx, Tensor& target) const {
    if (ctx.input(4).dtype() != target.dtype()) {
      return ModelError("a {} cannot be written into a {}", Name(ctx.input(4).dtype()), Name(target.dtype()));
    }
    SMCLI_ASSIGN_OR_RETURN(const StridedWindow window,
                           StridedWindow::Resolve(target.shape(), ctx.input(1), ctx.input(2), ctx.input(3), masks_));
    return window.Write(ctx.pool(), ctx.input(4), target);
  }

  StridedMasks masks_;
};

constexpr Op kOps[] = {
    {.name = "ResourceStridedSliceAssign", .types = {}, .make = MakeKernel<StridedSliceUpdate>, .pure = false},
    {.name = "Slice", .types = {}, .make = MakeFunctionKernel<Slice>},
    {.name = "StridedSlice", .types = {}, .make = MakeKernel<StridedSlice>},
    {.name = "StridedSliceAssign", .types = {}, .make = MakeKernel<StridedSliceUpdate>, .pure = false},
    {.name = "StridedSliceGrad", .types = {}, .make = MakeKernel<StridedSliceGrad>},
    {.name = "TensorStridedSliceUpdate", .types = {}, .make = MakeKernel<StridedSliceUpdate>},
};

}  // namespace

std::span<const Op> ArraySliceOps() { return kOps; }

}  // namespace smcli
