// ConcatV2, Pack and their kin: several tensors joined along one dimension.
#include "ops/int_args.h"
#include "ops/move.h"
#include "ops/op.h"
#include "ops/quantized_range.h"
#include "ops/strided_copy.h"

namespace smcli {
namespace {

// Lays inputs [first, first + count) of the node side by side into the output: `outer` times a run of each, where a run
// is what the input holds from the joined dimension on.
Status JoinRuns(KernelContext& ctx, int first, int count, int64_t outer, const Shape& shape) {
  const DataType dtype = ctx.input(first).dtype();
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, dtype, shape));
  if (shape.num_elements() == 0) return {};
  const int64_t row = shape.num_elements() / outer;
  int64_t at = 0;
  for (int i = first; i < first + count; ++i) {
    const Tensor& input = ctx.input(i);
    const int64_t run = input.num_elements() / outer;
    StridedCopy copy;
    copy.Add(outer, run, row);
    copy.Add(run, 1, 1);
    copy.Run(ctx.pool(), input, 0, *out, at);
    at += run;
  }
  return {};
}

// The shape of inputs [first, first + count) joined along `axis`.
Result<Shape> JoinedShape(const KernelContext& ctx, int first, int count, int axis) {
  const Shape& model = ctx.input(first).shape();
  int64_t extent = 0;
  for (int i = 0; i < count; ++i) {
    const Shape& shape = ctx.input(first + i).shape();
    if (shape.rank() != model.rank()) {
      return ModelError("Ranks of all input tensors should match: shape[0] = {} vs. shape[{}] = {}", model.ToString(),
                        i, shape.ToString());
    }
    for (int d = 0; d < model.rank(); ++d) {
      if (d == axis || shape.dim(d) == model.dim(d)) continue;
      return ModelError("Dimension {} in both shapes must be equal: shape[0] = {} vs. shape[{}] = {}", d,
                        model.ToString(), i, shape.ToString());
    }
    if (__builtin_add_overflow(extent, shape.dim(axis), &extent))
      return ModelError("the joined dimension is too large");
  }
  return ReplaceDim(model, axis, std::span<const int64_t>(&extent, 1));
}

Status Join(KernelContext& ctx, int first, int count, const Tensor& axis_tensor) {
  SMCLI_ASSIGN_OR_RETURN(const int64_t wanted, SingleInt(axis_tensor, "axis"));
  const Shape& model = ctx.input(first).shape();
  if (wanted < -model.rank() || wanted >= model.rank()) {
    return ModelError("Expected concatenating dimensions in the range [{}, {}), but got {}", -model.rank(),
                      model.rank(), wanted);
  }
  const int axis = static_cast<int>(wanted < 0 ? wanted + model.rank() : wanted);
  SMCLI_ASSIGN_OR_RETURN(const Shape shape, JoinedShape(ctx, first, count, axis));
  for (int i = first; i < first + count; ++i) {
    if (ctx.input(i).shape() == shape) {  // the others are empty
      ctx.set_output(0, ctx.TakeInput(i));
      return {};
    }
  }
  return JoinRuns(ctx, first, count, shape.num_elements() == 0 ? 1 : shape.Product(0, axis), shape);
}

Status ConcatV2(KernelContext& ctx) { return Join(ctx, 0, ctx.num_inputs() - 1, ctx.input(ctx.num_inputs() - 1)); }

Status Concat(KernelContext& ctx) { return Join(ctx, 1, ctx.num_inputs() - 1, ctx.input(0)); }

// The bytes of one range in another.
template <typename T>
Result<Tensor> InRange(const Tensor& x, const QuantizedRange& from, const QuantizedRange& to) {
  if (from.min == to.min && from.max == to.max) return x;
  SMCLI_ASSIGN_OR_RETURN(Tensor moved, Tensor::Make(x.dtype(), x.shape()));
  const Dequantizer<T> value(from);
  const Quantizer<T> quantize(to);
  std::ranges::transform(x.flat<T>(), moved.mutable_data<T>(), [&](T v) { return quantize(value(v)); });
  return moved;
}

// QuantizedConcat and -V2: the inputs, moved to the range that holds all of theirs (symmetric for signed types),
// joined.
class QuantizedConcat final : public Kernel {
 public:
  static Result<QuantizedConcat> Make(const NodeInfo& node) {
    QuantizedConcat kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.count_, node.attrs.Int("N"));
    kernel.axis_first_ = node.op == "QuantizedConcat";
    if (node.num_inputs() != 3 * kernel.count_ + 1) return InvalidModelError("N is not the number of inputs");
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const int n = static_cast<int>(count_), first = axis_first_ ? 1 : 0;
    const int axis = axis_first_ ? 0 : n;
    if (axis_first_ && ctx.input(0).num_elements() == 1 && IntAt(ctx.input(0), 0) < 0) {
      return ModelError("concat_dim must not be negative, got {}", IntAt(ctx.input(0), 0));
    }
    QuantizedRange all{std::numeric_limits<float>::max(), std::numeric_limits<float>::lowest()};
    for (int i = 0; i < n; ++i) {
      SMCLI_ASSIGN_OR_RETURN(const QuantizedRange range, QuantizedRange::Of(ctx, n + 1 + i, 2 * n + 1 + i));
      all = {std::min(all.min, range.min), std::max(all.max, range.max)};
    }
    if (ctx.input(first).dtype() == DataType::kQint32) {
      const float bound = std::max(std::fabs(all.min), std::fabs(all.max));
      all = {-bound, bound};
    }
    std::vector<Tensor> slots;
    std::vector<uint32_t> inputs;
    for (int i = 0; i < n; ++i) {
      SMCLI_ASSIGN_OR_RETURN(const QuantizedRange range, QuantizedRange::Of(ctx, n + 1 + i, 2 * n + 1 + i));
      const Tensor& x = ctx.input(first + i);
      SMCLI_ASSIGN_OR_RETURN(Tensor moved, x.dtype() == DataType::kQint32 ? InRange<int32_t>(x, range, all)
                                                                          : InRange<uint8_t>(x, range, all));
      slots.push_back(std::move(moved));
      inputs.push_back(static_cast<uint32_t>(i));
    }
    KernelContext inner(slots.data(), inputs, std::span<Tensor>(&ctx.output(0), 1), ctx.services());
    SMCLI_RETURN_IF_ERROR(Join(inner, 0, n, ctx.input(axis)));
    all.Put(ctx, 1);
    return {};
  }

 private:
  int64_t count_ = 0;
  bool axis_first_ = true;
};

class Pack final : public Kernel {
 public:
  static Result<Pack> Make(const NodeInfo& node) {
    Pack kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.axis_, node.attrs.Int("axis"));
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const Shape model = ctx.input(0).shape();
    if (axis_ < -model.rank() - 1 || axis_ > model.rank()) {
      return ModelError("axis = {} not in [{}, {})", axis_, -model.rank() - 1, model.rank() + 1);
    }
    if (model.rank() == kMaxRank)
      return ModelError("a result of rank {} (at most {} is possible)", kMaxRank + 1, kMaxRank);
    for (int i = 1; i < ctx.num_inputs(); ++i) {
      if (ctx.input(i).shape() == model) continue;
      return ModelError("Shapes of all inputs must match: values[0].shape = {} != values[{}].shape = {}",
                        model.ToString(), i, ctx.input(i).shape().ToString());
    }
    const int axis = static_cast<int>(axis_ < 0 ? axis_ + model.rank() + 1 : axis_);
    IntList dims(model.dims().first(static_cast<size_t>(axis)));
    dims.push_back(ctx.num_inputs());
    dims.append(model.dims().subspan(static_cast<size_t>(axis)));
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, CheckedShape(dims));
    if (ctx.num_inputs() == 1) {
      ctx.set_output(0, ctx.TakeInput(0).Reshaped(shape));
      return {};
    }
    return JoinRuns(ctx, 0, ctx.num_inputs(), shape.num_elements() == 0 ? 1 : shape.Product(0, axis), shape);
  }

 private:
  int64_t axis_ = 0;
};

// N tensors of extent 1 in the first dimension become one of extent N: Concat along axis 0 with a promised shape.
class ParallelConcat final : public Kernel {
 public:
  static Result<ParallelConcat> Make(const NodeInfo& node) {
    ParallelConcat kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.expected_, node.attrs.Shape("shape"));
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    if (ctx.input(0).rank() == 0) return ModelError("inputs must have at least one dimension");
    for (int i = 0; i < ctx.num_inputs(); ++i) {
      if (ctx.input(i).rank() > 0 && ctx.input(i).dim(0) == 1) continue;
      return ModelError("the first dimension of input {} must be 1, got shape {}", i, ctx.input(i).shape().ToString());
    }
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, JoinedShape(ctx, 0, ctx.num_inputs(), 0));
    if (!expected_.Accepts(shape)) {
      return ModelError("the result has shape {}, the node promises {}", shape.ToString(), expected_.ToString());
    }
    return JoinRuns(ctx, 0, ctx.num_inputs(), 1, shape);
  }

 private:
  PartialShape expected_;
};

// (concat_dim, N shapes): for each shape where its part begins in the result of the concatenation.
Status ConcatOffset(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(const int64_t wanted, SingleInt(ctx.input(0), "concat_dim"));
  SMCLI_ASSIGN_OR_RETURN(const IntList model, VectorInts(ctx.input(1), "shape"));
  SMCLI_ASSIGN_OR_RETURN(const int axis, NormalAxis(wanted, model.size()));
  int64_t offset = 0;
  for (int i = 1; i < ctx.num_inputs(); ++i) {
    SMCLI_ASSIGN_OR_RETURN(const IntList shape, VectorInts(ctx.input(i), "shape"));
    if (shape.size() != model.size()) {
      return ModelError("input {} should contain {} elements, but got {}", i - 1, model.size(), shape.size());
    }
    IntList start;
    start.assign(shape.size(), 0);
    start[axis] = offset;
    for (int d = 0; d < shape.size(); ++d) {
      if (d == axis || shape[d] == model[d]) continue;
      return ModelError(
          "All dimensions except {} must match. Input {} has shape [{}] and doesn't match input 0 with shape [{}].",
          axis, i - 1, fmt::join(shape.span(), " "), fmt::join(model.span(), " "));
    }
    if (__builtin_add_overflow(offset, shape[axis], &offset)) return ModelError("the offsets leave 64 bits");
    SMCLI_ASSIGN_OR_RETURN(Tensor out, IntVector(ctx.input(i).dtype(), start.span()));
    ctx.set_output(i - 1, std::move(out));
  }
  return {};
}

constexpr Op kOps[] = {
    {.name = "Concat", .types = {}, .make = MakeFunctionKernel<Concat>},
    {.name = "ConcatOffset", .types = {}, .make = MakeFunctionKernel<ConcatOffset>},
    {.name = "ConcatV2", .types = {}, .make = MakeFunctionKernel<ConcatV2>},
    {.name = "Pack", .types = {}, .make = MakeKernel<Pack>},
    {.name = "ParallelConcat", .types = {}, .make = MakeKernel<ParallelConcat>},
    {.name = "QuantizedConcat",
     .types = {{{"T", DataType::kQuint8 | DataType::kQint32}}},
     .make = MakeKernel<QuantizedConcat>},
    {.name = "QuantizedConcatV2",
     .types = {{{"T", DataType::kQuint8 | DataType::kQint32}}},
     .make = MakeKernel<QuantizedConcat>},
};

}  // namespace

std::span<const Op> ArrayJoinOps() { return kOps; }

}  // namespace smcli
