// Tile and BroadcastTo, and the ops that compute with shapes.
#include "ops/int_args.h"
#include "ops/move.h"
#include "ops/op.h"
#include "ops/strided_copy.h"

namespace smcli {
namespace {

Status BroadcastTo(KernelContext& ctx) {
  const Tensor& input = ctx.input(0);
  SMCLI_ASSIGN_OR_RETURN(const IntList dims, VectorInts(ctx.input(1), "shape"));
  for (int64_t dim : dims) {
    if (dim < 0) return ModelError("Dimension {} must be >= 0", dim);
  }
  SMCLI_ASSIGN_OR_RETURN(const Shape shape, CheckedShape(dims));
  const int added = shape.rank() - input.rank();
  if (added < 0) {
    return ModelError("Rank of input ({}) must be no greater than rank of output shape ({}).", input.rank(),
                      shape.rank());
  }
  for (int i = 0; i < input.rank(); ++i) {
    if (input.dim(i) == 1 || input.dim(i) == shape.dim(i + added)) continue;
    return ModelError("Incompatible shapes: {} vs. {}", input.shape().ToString(), shape.ToString());
  }
  if (input.shape() == shape) {
    ctx.set_output(0, ctx.TakeInput(0));
    return {};
  }
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, input.dtype(), shape));
  const auto from = RowMajorStrides(input.shape());
  const auto to = RowMajorStrides(shape);
  StridedCopy copy;
  for (int i = 0; i < shape.rank(); ++i) {
    const bool repeated = i < added || input.dim(i - added) == 1;
    copy.Add(shape.dim(i), repeated ? 0 : from[static_cast<size_t>(i - added)], to[static_cast<size_t>(i)]);
  }
  copy.Run(ctx.pool(), input, 0, *out, 0);
  return {};
}

Status Tile(KernelContext& ctx) {
  const Tensor& input = ctx.input(0);
  SMCLI_ASSIGN_OR_RETURN(const IntList multiples, VectorInts(ctx.input(1), "multiples"));
  if (multiples.size() != input.rank()) {
    return ModelError("Expected multiples argument to be a vector of length {} but got length {}", input.rank(),
                      multiples.size());
  }
  IntList dims;
  for (int i = 0; i < input.rank(); ++i) {
    if (multiples[i] < 0) return ModelError("Expected multiples[{}] >= 0, but got {}", i, multiples[i]);
    int64_t extent = 0;
    if (__builtin_mul_overflow(input.dim(i), multiples[i], &extent)) return ModelError("the tiled tensor is too large");
    dims.push_back(extent);
  }
  SMCLI_ASSIGN_OR_RETURN(const Shape shape, CheckedShape(dims));
  if (input.shape() == shape) {
    ctx.set_output(0, ctx.TakeInput(0));
    return {};
  }
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, input.dtype(), shape));
  const auto from = RowMajorStrides(input.shape());
  const auto to = RowMajorStrides(shape);
  StridedCopy copy;
  for (int i = 0; i < input.rank(); ++i) {
    const auto d = static_cast<size_t>(i);
    copy.Add(multiples[i], 0, input.dim(i) * to[d]);
    copy.Add(input.dim(i), from[d], to[d]);
  }
  copy.Run(ctx.pool(), input, 0, *out, 0);
  return {};
}

int64_t DimFromEnd(const IntList& dims, int i) { return i < dims.size() ? dims[dims.size() - 1 - i] : 1; }

Error Incompatible(const IntList& a, const IntList& b) {
  return ModelError("Incompatible shapes: [{}] vs. [{}]", fmt::join(a.span(), ","), fmt::join(b.span(), ","));
}

// The shape that two shapes broadcast to.
Status BroadcastArgs(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(const IntList a, VectorInts(ctx.input(0), "s0"));
  SMCLI_ASSIGN_OR_RETURN(const IntList b, VectorInts(ctx.input(1), "s1"));
  IntList joint;
  joint.assign(std::max(a.size(), b.size()), 1);
  for (int i = 0; i < joint.size(); ++i) {
    const int64_t x = DimFromEnd(a, i), y = DimFromEnd(b, i);
    if (x != y && x != 1 && y != 1) return Incompatible(a, b);
    joint[joint.size() - 1 - i] = x == 1 ? y : x;
  }
  SMCLI_ASSIGN_OR_RETURN(Tensor out, IntVector(ctx.input(0).dtype(), joint.span()));
  ctx.set_output(0, std::move(out));
  return {};
}

// Over which dimensions of the broadcast result a gradient is summed to come back to each of two shapes. Where both
// have 1 there is nothing to sum, but both name the dimension (TensorFlow: core/util/bcast.h).
Status BroadcastGradientArgs(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(const IntList a, VectorInts(ctx.input(0), "s0"));
  SMCLI_ASSIGN_OR_RETURN(const IntList b, VectorInts(ctx.input(1), "s1"));
  IntList sum_a, sum_b;
  const int rank = std::max(a.size(), b.size());
  const bool same = std::ranges::equal(a, b);
  for (int i = 0; i < rank && !same; ++i) {
    const int from_end = rank - 1 - i;
    const int64_t x = DimFromEnd(a, from_end), y = DimFromEnd(b, from_end);
    if (x != y && x != 1 && y != 1) return Incompatible(a, b);
    if (x == 1) sum_a.push_back(i);
    if (y == 1) sum_b.push_back(i);
  }
  SMCLI_ASSIGN_OR_RETURN(Tensor out_a, IntVector(ctx.input(0).dtype(), sum_a.span()));
  SMCLI_ASSIGN_OR_RETURN(Tensor out_b, IntVector(ctx.input(0).dtype(), sum_b.span()));
  ctx.set_output(0, std::move(out_a));
  ctx.set_output(1, std::move(out_b));
  return {};
}

// Flat indices as coordinates: output [rank, count], or [rank] for a scalar index. Negative ones are not refused
// (TensorFlow: kernels/unravel_index_op.cc); their coordinates come out as remainders.
Status UnravelIndex(KernelContext& ctx) {
  const Tensor& indices = ctx.input(0);
  if (indices.rank() > 1)
    return ModelError("The indices can only be scalar or vector, got {}", indices.shape().ToString());
  SMCLI_ASSIGN_OR_RETURN(const IntList dims, VectorInts(ctx.input(1), "dims"));
  int64_t total = 1;
  for (int64_t dim : dims) {
    if (dim < 0 || __builtin_mul_overflow(total, dim, &total)) return ModelError("dims are negative or too large");
    if (dim == 0) return ModelError("Input dims cannot contain a dim of zero, but dims contains zero");
  }
  const int64_t count = indices.num_elements();
  if (count == 0) return ModelError("received empty tensor indices");
  const Shape shape = indices.shape().scalar() ? Shape{dims.size()} : Shape{dims.size(), count};
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, indices.dtype(), shape));
  for (int64_t k = 0; k < count; ++k) {
    int64_t rest = IntAt(indices, k);
    if (rest >= total) return ModelError("index is out of bound as with dims");
    for (int d = dims.size() - 1; d >= 0; --d) {
      const int64_t at = d * count + k;
      if (indices.dtype() == DataType::kInt64) {
        out->mutable_data<int64_t>()[at] = rest % dims[d];
      } else {
        out->mutable_data<int32_t>()[at] = static_cast<int32_t>(rest % dims[d]);
      }
      rest /= dims[d];
    }
  }
  return {};
}

constexpr Op kOps[] = {
    {.name = "BroadcastArgs", .types = {{{"T", kIndexTypes}}}, .make = MakeFunctionKernel<BroadcastArgs>},
    {.name = "BroadcastGradientArgs",
     .types = {{{"T", kIndexTypes}}},
     .make = MakeFunctionKernel<BroadcastGradientArgs>},
    {.name = "BroadcastTo", .types = {}, .make = MakeFunctionKernel<BroadcastTo>},
    {.name = "Tile", .types = {}, .make = MakeFunctionKernel<Tile>},
    {.name = "UnravelIndex", .types = {{{"Tidx", kIndexTypes}}}, .make = MakeFunctionKernel<UnravelIndex>},
};

}  // namespace

std::span<const Op> ArrayBroadcastOps() { return kOps; }

}  // namespace smcli
