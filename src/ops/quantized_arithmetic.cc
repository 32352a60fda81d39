// Element-wise ops on quantised numbers and changes of their range (TensorFlow: kernels/quantized_add_op.cc,
// quantized_mul_op.cc, quantized_bias_add_op.cc, quantized_activation_ops.cc, requantize.cc and neighbours).
#include "ops/broadcast.h"
#include "ops/op.h"
#include "ops/quantized_range.h"

namespace smcli {
namespace {

int32_t WrappedSum(int64_t a, int64_t b) {
  return static_cast<int32_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}

// out(0) = f(a, b) as int32, element by element with broadcasting.
template <typename T, typename F>
Status PutBroadcast(KernelContext& ctx, const Shape& shape, F f) {
  const Tensor a = ctx.input(0), b = ctx.input(1);
  const BroadcastWalk walk_a(a.shape(), shape), walk_b(b.shape(), shape);
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, DataType::kQint32, shape));
  if (shape.num_elements() == 0) return {};
  auto at_a = walk_a.Seek(0), at_b = walk_b.Seek(0);
  for (int32_t& y : out->mutable_flat<int32_t>()) {
    y = f(a.data<T>()[at_a.offset], b.data<T>()[at_b.offset]);
    walk_a.Advance(at_a, 1);
    walk_b.Advance(at_b, 1);
  }
  return {};
}

// Bytes of one range in the int32 of another, by the answers for 0 and 1: TensorFlow's short cut.
template <typename T>
struct Line {
  int64_t zero, step;

  Line(const QuantizedRange& from, const QuantizedRange& to)
      : zero(QuantizeUnclamped<int32_t>(DequantizeExactly<T>(T(0), from), to)),
        step(static_cast<int32_t>(QuantizeUnclamped<int32_t>(DequantizeExactly<T>(T(1), from), to) - zero)) {}
  int64_t operator()(T x) const { return std::clamp(zero + x * step, kLowest<int32_t>, kHighest<int32_t>); }
};

// The ranges of two operands, after them.
Status ReadTwoRanges(const KernelContext& ctx, QuantizedRange& a, QuantizedRange& b) {
  SMCLI_ASSIGN_OR_RETURN(a, QuantizedRange::Of(ctx, 2, 3));
  SMCLI_ASSIGN_OR_RETURN(b, QuantizedRange::Of(ctx, 4, 5));
  return {};
}

Status ComputeAdd(KernelContext& ctx) {
  QuantizedRange a, b;
  SMCLI_RETURN_IF_ERROR(ReadTwoRanges(ctx, a, b));
  SMCLI_ASSIGN_OR_RETURN(const Shape shape, BroadcastShape(ctx.input(0).shape(), ctx.input(1).shape()));
  SMCLI_RETURN_IF_ERROR(a.ExpectOpen("x"));
  SMCLI_RETURN_IF_ERROR(b.ExpectOpen("y"));
  const QuantizedRange sum = SumRange(a, b, 14);
  const Line<uint8_t> line_a(a, sum), line_b(b, sum);
  const bool one_a = ctx.input(0).num_elements() == 1, one_b = ctx.input(1).num_elements() == 1 && !one_a;
  SMCLI_RETURN_IF_ERROR(PutBroadcast<uint8_t>(ctx, shape, [&](uint8_t x, uint8_t y) {
    const int64_t left = one_a ? QuantizeExactly<int32_t>(DequantizeExactly(x, a), sum) : line_a(x);
    const int64_t right = one_b ? QuantizeExactly<int32_t>(DequantizeExactly(y, b), sum) : line_b(y);
    return WrappedSum(left, right);
  }));
  sum.Put(ctx, 1);
  return {};
}

Status ComputeMul(KernelContext& ctx) {
  QuantizedRange a, b;
  SMCLI_RETURN_IF_ERROR(ReadTwoRanges(ctx, a, b));
  SMCLI_ASSIGN_OR_RETURN(const Shape shape, BroadcastShape(ctx.input(0).shape(), ctx.input(1).shape()));
  SMCLI_RETURN_IF_ERROR(a.ExpectOpen("x"));
  SMCLI_RETURN_IF_ERROR(b.ExpectOpen("y"));
  const auto zero_a = static_cast<int32_t>(QuantizeUnclamped<uint8_t>(0, a));
  const auto zero_b = static_cast<int32_t>(QuantizeUnclamped<uint8_t>(0, b));
  SMCLI_RETURN_IF_ERROR(PutBroadcast<uint8_t>(ctx, shape, [&](uint8_t x, uint8_t y) {
    const auto left = static_cast<uint32_t>(x) - static_cast<uint32_t>(zero_a);
    const auto right = static_cast<uint32_t>(y) - static_cast<uint32_t>(zero_b);
    return static_cast<int32_t>(left * right);
  }));
  ProductRange<uint8_t, uint8_t, int32_t>(a, b).Put(ctx, 1);
  return {};
}

Status ComputeBiasAdd(KernelContext& ctx) {
  const Tensor& x = ctx.input(0);
  const Tensor& bias = ctx.input(1);
  QuantizedRange a, b;
  SMCLI_RETURN_IF_ERROR(ReadTwoRanges(ctx, a, b));
  if (x.rank() < 2) return ModelError("Input tensor must be at least 2D: {}", x.shape().ToString());
  if (bias.rank() != 1) return ModelError("Biases must be 1D: {}", bias.shape().ToString());
  if (bias.dim(0) != x.dim(x.rank() - 1)) {
    return ModelError("Must provide as many biases as the last dimension of the input tensor: {} vs. {}",
                      bias.shape().ToString(), x.shape().ToString());
  }
  const QuantizedRange sum = SumRange(a, b, 17);
  const Quantizer<int32_t> quantize(sum);
  const int32_t zero = QuantizeExactly<int32_t>(0, sum);
  Status status;
  DispatchQuantizedBytes(x.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    const Dequantizer<T> value(a), addend(b);
    status = PutBroadcast<T>(ctx, x.shape(), [&](T left, T right) {
      return WrappedSum(quantize(value(left)), WrappedSum(quantize(addend(right)), zero));
    });
  });
  SMCLI_RETURN_IF_ERROR(std::move(status));
  sum.Put(ctx, 1);
  return {};
}

Result<std::unique_ptr<Kernel>> MakeBiasAdd(const NodeInfo& node) {
  if (node.input_types[0] != node.input_types[1]) {
    return UnsupportedError("{} of {} and {}", node.op, Name(node.input_types[0]), Name(node.input_types[1]));
  }
  return MakeFunctionKernel<ComputeBiasAdd>(node);
}

// QuantizedRelu, Relu6 and ReluX: kept between the numbers for 0 and for a maximum.
class QuantizedRelu final : public Kernel {
 public:
  static Result<QuantizedRelu> Make(const NodeInfo& node) {
    QuantizedRelu kernel;
    kernel.given_ = node.op == "QuantizedReluX";
    kernel.six_ = node.op == "QuantizedRelu6";
    if (node.output_types[0] != node.input_types[0]) {
      return UnsupportedError("{} from {} to {}", node.op, Name(node.input_types[0]), Name(node.output_types[0]));
    }
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const Tensor& x = ctx.input(0);
    SMCLI_ASSIGN_OR_RETURN(const QuantizedRange range, QuantizedRange::Of(ctx, given_ ? 2 : 1, given_ ? 3 : 2));
    float most = 6;
    if (given_) {
      SMCLI_ASSIGN_OR_RETURN(most, ScalarOf<float>(ctx.input(1), "max_value"));
    }
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, x.dtype(), x.shape()));
    const auto run = [&]<typename T>(TypeTag<T>) {
      const T low = QuantizeExactly<T>(0, range);
      const T high = given_ || six_ ? QuantizeExactly<T>(most, range) : std::numeric_limits<T>::max();
      std::ranges::transform(x.flat<T>(), out->mutable_data<T>(),
                             [low, high](T v) { return std::min(std::max(v, low), high); });
    };
    x.dtype() == DataType::kQint32 ? run(TypeTag<int32_t>{}) : run(TypeTag<uint8_t>{});
    range.Put(ctx, 1);
    return {};
  }

 private:
  bool given_ = false, six_ = false;
};

// The range that the elements really take, zero included.
QuantizedRange TakenRange(const Tensor& x, const QuantizedRange& range) {
  int32_t low = std::numeric_limits<int32_t>::max(), high = std::numeric_limits<int32_t>::lowest();
  for (int32_t value : x.flat<int32_t>()) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  return {std::min(0.0f, DequantizeExactly(low, range)), DequantizeExactly(high, range)};
}

// int32 of one range as bytes of another, in 16 bits after the point.
Status PutRequantized(KernelContext& ctx, const QuantizedRange& from, const QuantizedRange& to) {
  const Tensor& x = ctx.input(0);
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, DataType::kQuint8, x.shape()));
  constexpr int kShift = 16;
  const float width = to.max - to.min, from_width = from.max - from.min;
  const bool none = width == 0;
  const float inverse = none ? 0.0f : static_cast<float>(255.0 / static_cast<double>(width));
  const auto middle = static_cast<float>(static_cast<double>(from.min + from.max) / 2.0);
  const int64_t scale =
      none ? 0 : Int64Of(255.0 * (1 << kShift) * static_cast<double>(from_width) / static_cast<double>(width));
  const int64_t offset = Int64Of(static_cast<double>(middle * inverse * static_cast<float>(1 << kShift)));
  const int64_t target =
      none ? 0 : Int64Of((1 << kShift) * (static_cast<double>(to.min) * 255.0) / static_cast<double>(width));
  const auto shift = static_cast<uint64_t>(offset) - static_cast<uint64_t>(target) + (uint64_t{1} << (kShift - 1));
  std::ranges::transform(x.flat<int32_t>(), out->mutable_data<uint8_t>(), [&](int32_t value) {
    const auto product = static_cast<int64_t>(static_cast<uint64_t>(int64_t{value}) * static_cast<uint64_t>(scale));
    const auto moved = static_cast<int64_t>(static_cast<uint64_t>(product >> 32) + shift);
    return static_cast<uint8_t>(std::clamp<int64_t>(moved >> kShift, 0, 255));
  });
  to.Put(ctx, 1);
  return {};
}

Status ComputeRequantizationRange(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(const QuantizedRange range, QuantizedRange::Of(ctx, 1, 2));
  TakenRange(ctx.input(0), range).Put(ctx, 0);
  return {};
}

Status ComputeRequantize(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(const QuantizedRange from, QuantizedRange::Of(ctx, 1, 2));
  SMCLI_ASSIGN_OR_RETURN(const QuantizedRange to, QuantizedRange::Of(ctx, 3, 4));
  if (!(to.min <= 0)) return ModelError("requested_output_min must be <= 0, but got {}", to.min);
  if (!(to.max >= 0)) return ModelError("requested_output_max must be >= 0, but got {}", to.max);
  return PutRequantized(ctx, from, to);
}

Status ComputeShrinkRange(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(const QuantizedRange range, QuantizedRange::Of(ctx, 1, 2));
  return PutRequantized(ctx, range, TakenRange(ctx.input(0), range));
}

// A range for each of the last dimension's slices, as two vectors; kernels/mkl has the arithmetic.
struct ChannelRanges {
  const float *low, *high;
  int64_t channels;

  static Result<ChannelRanges> Of(const KernelContext& ctx) {
    const Tensor &x = ctx.input(0), &low = ctx.input(1), &high = ctx.input(2);
    if (x.rank() != 4) return ModelError("input must be 4-dimensional, not {}", x.shape().ToString());
    const int64_t channels = x.dim(3);
    if (!(low.shape() == Shape{channels}) || !(high.shape() == Shape{channels})) {
      return ModelError("input_min and input_max must have shape [{}], not {} and {}", channels, low.shape().ToString(),
                        high.shape().ToString());
    }
    return ChannelRanges{low.data<float>(), high.data<float>(), channels};
  }
  float Bound(int64_t channel) const { return std::max(std::abs(low[channel]), std::abs(high[channel])); }
};

class RangePerChannel final : public Kernel {
 public:
  static Result<RangePerChannel> Make(const NodeInfo& node) {
    RangePerChannel kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.most_, node.attrs.Float("clip_value_max"));
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    SMCLI_ASSIGN_OR_RETURN(const ChannelRanges ranges, ChannelRanges::Of(ctx));
    const Tensor& x = ctx.input(0);
    float bound = std::numeric_limits<float>::min();
    bool negative = false;
    for (int64_t i = 0; i < x.num_elements(); ++i) {
      const int64_t value = x.data<int32_t>()[i];
      negative = negative || value < 0;
      bound = std::max(bound, ranges.Bound(i % ranges.channels) * static_cast<float>(std::abs(value)) / 2147483648.0f);
    }
    bound = std::min(bound, most_);
    QuantizedRange{negative ? -bound : 0.0f, bound}.Put(ctx, 0);
    return {};
  }

 private:
  float most_ = 0;
};

class RequantizePerChannel final : public Kernel {
 public:
  static Result<RequantizePerChannel> Make(const NodeInfo& node) {
    RequantizePerChannel kernel;
    kernel.dtype_ = node.output_types[0];
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    SMCLI_ASSIGN_OR_RETURN(const ChannelRanges ranges, ChannelRanges::Of(ctx));
    SMCLI_ASSIGN_OR_RETURN(const QuantizedRange to, QuantizedRange::Of(ctx, 3, 4));
    const Tensor& x = ctx.input(0);
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, dtype_, x.shape()));
    const float bound = std::max(std::abs(to.min), std::abs(to.max));
    DispatchQuantizedBytes(dtype_, [&](auto tag) {
      using T = typename decltype(tag)::type;
      const float steps = static_cast<float>(kHighest<T>) / 2147483648.0f;
      for (int64_t i = 0; i < x.num_elements(); ++i) {
        const float scale = steps * ranges.Bound(i % ranges.channels) / bound;
        const float value = std::rint(static_cast<float>(x.data<int32_t>()[i]) * scale);
        out->mutable_data<T>()[i] = Saturated<T>(static_cast<double>(value));
      }
    });
    to.Put(ctx, 1);
    return {};
  }

 private:
  DataType dtype_ = DataType::kQuint8;
};

constexpr DataTypeSet kBytes = DataType::kQuint8 | DataType::kQint8;
constexpr DataTypeSet kByte = DataType::kQuint8, kWord = DataType::kQint32;

constexpr Op kOps[] = {
    {.name = "QuantizeDownAndShrinkRange",
     .types = {{{"Tinput", kWord}, {"out_type", kByte}}},
     .make = MakeFunctionKernel<ComputeShrinkRange>},
    {.name = "QuantizedAdd",
     .types = {{{"T1", kByte}, {"T2", kByte}, {"Toutput", kWord}}},
     .make = MakeFunctionKernel<ComputeAdd>},
    {.name = "QuantizedBiasAdd", .types = {{{"T1", kBytes}, {"T2", kBytes}, {"out_type", kWord}}}, .make = MakeBiasAdd},
    {.name = "QuantizedMul",
     .types = {{{"T1", kByte}, {"T2", kByte}, {"Toutput", kWord}}},
     .make = MakeFunctionKernel<ComputeMul>},
    {.name = "QuantizedRelu", .types = {{{"Tinput", kByte | kWord}}}, .make = MakeKernel<QuantizedRelu>},
    {.name = "QuantizedRelu6", .types = {{{"Tinput", kByte | kWord}}}, .make = MakeKernel<QuantizedRelu>},
    {.name = "QuantizedReluX", .types = {{{"Tinput", kByte | kWord}}}, .make = MakeKernel<QuantizedRelu>},
    {.name = "RequantizationRange",
     .types = {{{"Tinput", kWord}}},
     .make = MakeFunctionKernel<ComputeRequantizationRange>},
    {.name = "RequantizationRangePerChannel", .types = {{{"T", kWord}}}, .make = MakeKernel<RangePerChannel>},
    {.name = "RequantizePerChannel",
     .types = {{{"T", kWord}, {"out_type", kBytes}}},
     .make = MakeKernel<RequantizePerChannel>},
    {.name = "Requantize",
     .types = {{{"Tinput", kWord}, {"out_type", kByte}}},
     .make = MakeFunctionKernel<ComputeRequantize>},
};

}  // namespace

std::span<const Op> QuantizedArithmeticOps() { return kOps; }

}  // namespace smcli
