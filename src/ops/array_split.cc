// Split, SplitV and Unpack: one tensor cut along a dimension.
#include "ops/int_args.h"
#include "ops/move.h"
#include "ops/op.h"
#include "ops/strided_copy.h"

namespace smcli {
namespace {

// Elements [first, first + extent) along `axis` of `input`, under `shape` (which may lack the dimension).
Result<Tensor> Piece(KernelContext& ctx, const Tensor& input, int axis, int64_t first, int64_t extent,
                     const Shape& shape) {
  if (shape.num_elements() == 0) return Tensor::Make(input.dtype(), shape);
  const int64_t inner = input.shape().Product(axis + 1, input.rank());
  const int64_t outer = input.shape().Product(0, axis);
  if (outer == 1) return SubTensor(input, first * inner, shape);
  SMCLI_ASSIGN_OR_RETURN(Tensor piece, Tensor::Make(input.dtype(), shape));
  StridedCopy copy;
  copy.Add(outer, input.dim(axis) * inner, extent * inner);
  copy.Add(extent * inner, 1, 1);
  copy.Run(ctx.pool(), input, first * inner, piece, 0);
  return piece;
}

// Cuts `input` along `axis` into one output for each size; the sizes add up to the dimension.
Status Cut(KernelContext& ctx, const Tensor& input, int axis, std::span<const int64_t> sizes) {
  int64_t first = 0;
  for (size_t i = 0; i < sizes.size(); ++i) {
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, ReplaceDim(input.shape(), axis, sizes.subspan(i, 1)));
    SMCLI_ASSIGN_OR_RETURN(Tensor piece, Piece(ctx, input, axis, first, sizes[i], shape));
    ctx.set_output(static_cast<int>(i), std::move(piece));
    first += sizes[i];
  }
  return {};
}

Result<int> SplitAxis(const Tensor& axis, const Tensor& input) {
  SMCLI_ASSIGN_OR_RETURN(const int64_t wanted, ScalarInt(axis, "split_dim"));
  if (wanted < -input.rank() || wanted >= input.rank()) {
    return ModelError("-input rank(-{}) <= split_dim < input rank ({}), but got {}", input.rank(), input.rank(),
                      wanted);
  }
  return static_cast<int>(wanted < 0 ? wanted + input.rank() : wanted);
}

Status Split(KernelContext& ctx) {
  const Tensor& input = ctx.input(1);
  SMCLI_ASSIGN_OR_RETURN(const int axis, SplitAxis(ctx.input(0), input));
  const int64_t extent = input.dim(axis);
  if (extent % ctx.num_outputs() != 0) {
    return ModelError(
        "Number of ways to split should evenly divide the split dimension, but got split_dim {} (size = {}) and "
        "num_split {}",
        axis, extent, ctx.num_outputs());
  }
  return Cut(ctx, input, axis,
             std::vector<int64_t>(static_cast<size_t>(ctx.num_outputs()), extent / ctx.num_outputs()));
}

// The sizes as given, with the one -1 (if any) replaced by what is left.
Result<std::vector<int64_t>> DeterminedSizes(const Tensor& given, int64_t extent) {
  std::vector<int64_t> sizes(static_cast<size_t>(given.num_elements()));
  int64_t sum = 0;
  std::optional<size_t> open;
  for (size_t i = 0; i < sizes.size(); ++i) {
    sizes[i] = IntAt(given, static_cast<int64_t>(i));
    if (sizes[i] == -1) {
      if (open) return ModelError("There can only be one -1 in the input.");
      open = i;
    } else if (sizes[i] < 0) {
      return ModelError("Split size at index {} must be >= 0. Got: {}", i, sizes[i]);
    } else if (__builtin_add_overflow(sum, sizes[i], &sum)) {
      return ModelError("the split sizes add up to more than 64 bits hold");
    }
  }
  if (open ? sum > extent : sum != extent) {
    return ModelError("the split sizes [{}] add up to {}{}, the dimension has {}", fmt::join(sizes, ","), sum,
                      open ? " and more" : "", extent);
  }
  if (open) sizes[*open] = extent - sum;
  return sizes;
}

Status SplitV(KernelContext& ctx) {
  const Tensor& input = ctx.input(0);
  const Tensor& given = ctx.input(1);
  if (given.rank() != 1 || given.num_elements() != ctx.num_outputs()) {
    return ModelError("size_splits must be 1-D with as many elements as outputs ({}), got shape {}", ctx.num_outputs(),
                      given.shape().ToString());
  }
  SMCLI_ASSIGN_OR_RETURN(const int axis, SplitAxis(ctx.input(2), input));
  SMCLI_ASSIGN_OR_RETURN(const std::vector<int64_t> sizes, DeterminedSizes(given, input.dim(axis)));
  return Cut(ctx, input, axis, sizes);
}

class Unpack final : public Kernel {
 public:
  static Result<Unpack> Make(const NodeInfo& node) {
    Unpack kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.axis_, node.attrs.Int("axis"));
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const Tensor& input = ctx.input(0);
    if (axis_ < -input.rank() || axis_ >= input.rank()) {
      return ModelError("axis = {} not in [{}, {})", axis_, -input.rank(), input.rank());
    }
    const int axis = static_cast<int>(axis_ < 0 ? axis_ + input.rank() : axis_);
    if (input.dim(axis) != ctx.num_outputs()) {
      return ModelError("Input shape axis {} must equal {}, got shape {}", axis, ctx.num_outputs(),
                        input.shape().ToString());
    }
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, ReplaceDim(input.shape(), axis, {}));
    for (int i = 0; i < ctx.num_outputs(); ++i) {
      SMCLI_ASSIGN_OR_RETURN(Tensor piece, Piece(ctx, input, axis, i, 1, shape));
      ctx.set_output(i, std::move(piece));
    }
    return {};
  }

 private:
  int64_t axis_ = 0;
};

constexpr Op kOps[] = {
    {.name = "Split", .types = {}, .make = MakeFunctionKernel<Split>},
    {.name = "SplitV", .types = {}, .make = MakeFunctionKernel<SplitV>},
    {.name = "Unpack", .types = {}, .make = MakeKernel<Unpack>},
};

}  // namespace

std::span<const Op> ArraySplitOps() { return kOps; }

}  // namespace smcli
