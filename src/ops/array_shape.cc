// The shape of a tensor, and tensors under another shape: no element is moved here.
#include "ops/int_args.h"
#include "ops/op.h"

namespace smcli {
namespace {

// Shape, ShapeN: one vector for each input.
class ShapeKernel final : public Kernel {
 public:
  static Result<ShapeKernel> Make(const NodeInfo& node) { return ShapeKernel(node.output_types[0]); }
  Status Compute(KernelContext& ctx) const override {
    for (int i = 0; i < ctx.num_inputs(); ++i) {
      SMCLI_ASSIGN_OR_RETURN(Tensor shape, IntVector(out_type_, ctx.input(i).shape().dims()));
      ctx.set_output(i, std::move(shape));
    }
    return {};
  }

 private:
  explicit ShapeKernel(DataType out_type) : out_type_(out_type) {}
  DataType out_type_;
};

class SizeKernel final : public Kernel {
 public:
  static Result<SizeKernel> Make(const NodeInfo& node) { return SizeKernel(node.output_types[0]); }
  Status Compute(KernelContext& ctx) const override {
    SMCLI_ASSIGN_OR_RETURN(Tensor size, IntScalar(out_type_, ctx.input(0).num_elements()));
    ctx.set_output(0, std::move(size));
    return {};
  }

 private:
  explicit SizeKernel(DataType out_type) : out_type_(out_type) {}
  DataType out_type_;
};

Status Rank(KernelContext& ctx) {
  ctx.set_output(0, Tensor::Scalar<int32_t>(ctx.input(0).rank()));
  return {};
}

void OutputReshaped(KernelContext& ctx, const Shape& shape) { ctx.set_output(0, ctx.TakeInput(0).Reshaped(shape)); }

// The extent that -1 stands for. Where the request has a zero, zeros of the input do not count (TensorFlow:
// kernels/reshape_op.h), so that [0,3] may become [0,-1].
Result<int64_t> MissingExtent(const Shape& input, const IntList& sizes) {
  int64_t known = 1;
  bool zero_requested = false;
  for (int64_t size : sizes) {
    if (size == 0) zero_requested = true;
    if (size > 0 && __builtin_mul_overflow(known, size, &known)) {
      return ModelError("the requested shape has more elements than fit into 64 bits");
    }
  }
  int64_t elements = 1;
  bool zero_skipped = false;
  for (int64_t dim : input.dims()) {
    if (dim > 0 || !zero_requested) {
      elements *= dim;
    } else {
      zero_skipped = true;
    }
  }
  if (!zero_skipped && elements % known != 0) {
    return ModelError("Input to reshape is a tensor with {} values, but the requested shape requires a multiple of {}",
                      elements, known);
  }
  return elements / known;
}

Status Reshape(KernelContext& ctx) {
  const Tensor& input = ctx.input(0);
  const Tensor& request = ctx.input(1);
  if (request.rank() > 1) return ModelError("sizes input must be 1-D, not {}", request.shape().ToString());
  SMCLI_ASSIGN_OR_RETURN(IntList sizes, VectorInts(request.Reshaped(Shape{request.num_elements()}), "sizes"));
  int unknown = -1;
  for (int i = 0; i < sizes.size(); ++i) {
    if (sizes[i] < -1) return ModelError("Size {} must be non-negative, not {}", i, sizes[i]);
    if (sizes[i] != -1) continue;
    if (unknown >= 0) return ModelError("Only one input size may be -1, not both {} and {}", unknown, i);
    unknown = i;
  }
  if (unknown >= 0) {
    SMCLI_ASSIGN_OR_RETURN(sizes[unknown], MissingExtent(input.shape(), sizes));
  }
  SMCLI_ASSIGN_OR_RETURN(const Shape shape, CheckedShape(sizes));
  if (shape.num_elements() != input.num_elements()) {
    return ModelError("Input to reshape is a tensor with {} values, but the requested shape {} has {}",
                      input.num_elements(), shape.ToString(), shape.num_elements());
  }
  OutputReshaped(ctx, shape);
  return {};
}

// (tensor, shape, input_min, input_max): the range stays.
Status QuantizedReshape(KernelContext& ctx) {
  SMCLI_RETURN_IF_ERROR(Reshape(ctx));
  for (int i = 1; i <= 2; ++i) ctx.set_output(i, ctx.TakeInput(i + 1));
  return {};
}

class Squeeze final : public Kernel {
 public:
  static Result<Squeeze> Make(const NodeInfo& node) {
    Squeeze kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.axes_, node.attrs.Ints("squeeze_dims"));
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const Shape input = ctx.input(0).shape();
    std::array<bool, kMaxRank> drop{};
    for (int64_t axis : axes_) {
      if (axis < -input.rank() || axis >= input.rank()) {
        return ModelError("Tried to squeeze dim index {} for tensor with {} dimensions.", axis, input.rank());
      }
      drop[static_cast<size_t>(axis < 0 ? axis + input.rank() : axis)] = true;
    }
    IntList kept;
    for (int i = 0; i < input.rank(); ++i) {
      const int64_t dim = input.dim(i);
      if (!axes_.empty() && drop[static_cast<size_t>(i)] && dim != 1) {
        return ModelError("Can not squeeze dim[{}], expected a dimension of 1, got {}", i, dim);
      }
      if (axes_.empty() ? dim != 1 : !drop[static_cast<size_t>(i)]) kept.push_back(dim);
    }
    OutputReshaped(ctx, Shape(kept.span()));
    return {};
  }

 private:
  std::vector<int64_t> axes_;  // empty: every dimension of extent 1
};

Status ExpandDims(KernelContext& ctx) {
  const Shape& input = ctx.input(0).shape();
  SMCLI_ASSIGN_OR_RETURN(const int64_t axis, SingleInt(ctx.input(1), "dim"));
  const int rank = input.rank();
  if (axis < -1 - rank || axis > rank) {
    return ModelError("Tried to expand dim index {} for tensor with {} dimensions.", axis, rank);
  }
  if (rank == kMaxRank) return ModelError("a result of rank {} (at most {} is possible)", rank + 1, kMaxRank);
  const auto at = static_cast<size_t>(axis < 0 ? axis + rank + 1 : axis);
  IntList dims(input.dims().first(at));
  dims.push_back(1);
  dims.append(input.dims().subspan(at));
  OutputReshaped(ctx, Shape(dims.span()));
  return {};
}

class EnsureShape final : public Kernel {
 public:
  static Result<EnsureShape> Make(const NodeInfo& node) {
    EnsureShape kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.expected_, node.attrs.Shape("shape"));
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const Shape& shape = ctx.input(0).shape();
    if (!expected_.Accepts(shape)) {
      return ModelError("Shape of tensor {} is not compatible with expected shape {}.", shape.ToString(),
                        expected_.ToString());
    }
    ctx.set_output(0, ctx.TakeInput(0));
    return {};
  }

 private:
  PartialShape expected_;
};

// The same bytes as elements of another type. A wider type folds the last dimension, a narrower one adds a dimension.
class Bitcast final : public Kernel {
 public:
  static Result<Bitcast> Make(const NodeInfo& node) {
    Bitcast kernel;
    kernel.type_ = node.output_types[0];
    if (SizeOf(kernel.type_) == 0 || SizeOf(node.input_types[0]) == 0) {
      return UnsupportedError("a bitcast from {} to {}", Name(node.input_types[0]), Name(kernel.type_));
    }
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const Tensor& input = ctx.input(0);
    const int from = SizeOf(input.dtype()), to = SizeOf(type_);
    IntList dims(input.shape().dims());
    if (to > from) {
      if (dims.empty() || dims[dims.size() - 1] != to / from) {
        return ModelError("Cannot bitcast from {} to {}: shape {} does not end in {}", Name(input.dtype()), Name(type_),
                          input.shape().ToString(), to / from);
      }
      dims = IntList(dims.span().first(static_cast<size_t>(dims.size() - 1)));
    } else if (to < from) {
      if (dims.full()) return ModelError("a result of rank {} (at most {} is possible)", kMaxRank + 1, kMaxRank);
      dims.push_back(from / to);
    }
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, CheckedShape(dims));
    ctx.set_output(0, ctx.TakeInput(0).Bitcast(type_, shape));
    return {};
  }

 private:
  DataType type_ = DataType::kInvalid;
};

constexpr Op kOps[] = {
    {.name = "Bitcast", .types = {}, .make = MakeKernel<Bitcast>},
    {.name = "EnsureShape", .types = {}, .make = MakeKernel<EnsureShape>},
    {.name = "ExpandDims", .types = {}, .make = MakeFunctionKernel<ExpandDims>},
    {.name = "Rank", .types = {}, .make = MakeFunctionKernel<Rank>},
    {.name = "QuantizedReshape", .types = {}, .make = MakeFunctionKernel<QuantizedReshape>},
    {.name = "Reshape", .types = {}, .make = MakeFunctionKernel<Reshape>},
    {.name = "Shape", .types = {}, .make = MakeKernel<ShapeKernel>},
    {.name = "ShapeN", .types = {}, .make = MakeKernel<ShapeKernel>},
    {.name = "Size", .types = {}, .make = MakeKernel<SizeKernel>},
    {.name = "Squeeze", .types = {}, .make = MakeKernel<Squeeze>},
};

}  // namespace

std::span<const Op> ArrayShapeOps() { return kOps; }

}  // namespace smcli
