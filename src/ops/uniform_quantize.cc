// UniformQuantize and the ops on what it makes (TensorFlow: kernels/uniform_quant_ops).
#include "ops/broadcast.h"
#include "ops/expect.h"
#include "ops/matrix_product.h"
#include "ops/quantized_range.h"
#include "ops/uniform_quantization.h"

namespace smcli {
namespace {

// Element i of quint8, qint8 or qint32.
template <typename F>
bool DispatchUniform(DataType dtype, F&& f) {
  if (dtype == DataType::kQint32) {
    f(TypeTag<int32_t>{});
    return true;
  }
  return DispatchQuantizedBytes(dtype, f);
}

template <typename T>
T Clamped(int64_t value, const UniformAttrs& attrs) {
  return static_cast<T>(std::clamp(std::clamp(value, attrs.min, attrs.max), kLowest<T>, kHighest<T>));
}

// UniformQuantize, UniformDequantize, UniformRequantize: f over the elements, by slices.
class UniformConvert final : public Kernel {
 public:
  static Result<UniformConvert> Make(const NodeInfo& node) {
    UniformConvert kernel;
    kernel.from_float_ = node.input_types[0] == DataType::kFloat;
    kernel.to_float_ = node.output_types[0] == DataType::kFloat;
    kernel.dtype_ = node.output_types[0];
    const bool both = !kernel.from_float_ && !kernel.to_float_;
    SMCLI_ASSIGN_OR_RETURN(kernel.from_, UniformAttrs::Make(node, both ? "input_" : ""));
    SMCLI_ASSIGN_OR_RETURN(kernel.to_, UniformAttrs::Make(node, both ? "output_" : ""));
    if (both && kernel.from_.axis != kernel.to_.axis && kernel.from_.axis >= 0 && kernel.to_.axis >= 0) {
      return InvalidModelError("input and output quantization_axis must be equal, or one of them -1");
    }
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const Tensor& x = ctx.input(0);
    SMCLI_ASSIGN_OR_RETURN(const AxisSlices slices, AxisSlices::Of(x.shape(), std::max(from_.axis, to_.axis)));
    SMCLI_ASSIGN_OR_RETURN(const UniformScales from, UniformScales::Of(ctx, 1, from_.axis, slices.count));
    UniformScales to = from;
    if (ctx.num_inputs() > 3) {
      SMCLI_ASSIGN_OR_RETURN(to, UniformScales::Of(ctx, 3, to_.axis, slices.count));
    }
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, dtype_, x.shape()));
    if (from_float_) {
      DispatchUniform(dtype_,
                      [&](auto tag) { Quantize(slices, to, x, out->mutable_data<typename decltype(tag)::type>()); });
    } else if (to_float_) {
      DispatchUniform(x.dtype(), [&](auto tag) {
        Dequantize(slices, from, x.data<typename decltype(tag)::type>(), out->mutable_data<float>());
      });
    } else {
      DispatchUniform(x.dtype(), [&](auto from_tag) {
        DispatchUniform(dtype_, [&](auto to_tag) {
          Requantize(slices, from, to, x.data<typename decltype(from_tag)::type>(),
                     out->mutable_data<typename decltype(to_tag)::type>());
        });
      });
    }
    return {};
  }

 private:
  template <typename T>
  void Quantize(const AxisSlices& slices, const UniformScales& to, const Tensor& x, T* y) const {
    slices.ForEachRun([&](int64_t slice, int64_t first, int64_t count) {
      const float inverse = 1.0f / to.scale(slice);
      const int64_t zero = to.zero(slice);
      for (int64_t i = first; i < first + count; ++i) {
        const int32_t steps = Saturated<int32_t>(std::floor(x.data<float>()[i] * inverse + 0.5f));
        y[i] = Clamped<T>(steps + zero, to_);
      }
    });
  }
  template <typename T>
  static void Dequantize(const AxisSlices& slices, const UniformScales& from, const T* x, float* y) {
    slices.ForEachRun([&](int64_t slice, int64_t first, int64_t count) {
      const auto zero = static_cast<uint32_t>(from.zero(slice));
      for (int64_t i = first; i < first + count; ++i) {
        const auto steps = static_cast<int32_t>(static_cast<uint32_t>(int32_t{x[i]}) - zero);
        y[i] = static_cast<float>(steps) * from.scale(slice);
      }
    });
  }
  template <typename T, typename R>
  void Requantize(const AxisSlices& slices, const UniformScales& from, const UniformScales& to, const T* x,
                  R* y) const {
    slices.ForEachRun([&](int64_t slice, int64_t first, int64_t count) {
      const FixedPointRatio ratio(static_cast<double>(from.scale(slice)) / static_cast<double>(to.scale(slice)));
      for (int64_t i = first; i < first + count; ++i) {
        const int64_t steps = int64_t{x[i]} - from.zero(slice);
        y[i] = Clamped<R>(int64_t{ratio.Times(steps)} + to.zero(slice), to_);
      }
    });
  }

  bool from_float_ = false, to_float_ = false;
  DataType dtype_ = DataType::kInvalid;
  UniformAttrs from_, to_;
};

// The right side may have one scale for each column.
class UniformDot final : public Kernel {
 public:
  static Result<UniformDot> Make(const NodeInfo& node) {
    UniformDot kernel;
    kernel.hybrid_ = node.input_types[0] == DataType::kFloat;
    SMCLI_ASSIGN_OR_RETURN(kernel.rhs_, UniformAttrs::Make(node, "rhs_"));
    if (kernel.rhs_.axis > 1) return InvalidModelError("rhs_quantization_axis must be -1 or 1");
    if (kernel.hybrid_) return kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.lhs_, UniformAttrs::Make(node, "lhs_"));
    SMCLI_ASSIGN_OR_RETURN(kernel.output_, UniformAttrs::Make(node, "output_"));
    if (kernel.lhs_.axis != -1) return InvalidModelError("lhs_quantization_axis must be -1");
    if (kernel.rhs_.axis == -1 && kernel.output_.axis != -1) {
      return InvalidModelError("If rhs is per-tensor quantized, output must be also per-tensor quantized");
    }
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const Tensor& a = ctx.input(0);
    const Tensor& b = ctx.input(1);
    SMCLI_RETURN_IF_ERROR(ExpectMatrix(a, "lhs"));
    SMCLI_RETURN_IF_ERROR(ExpectMatrix(b, "rhs"));
    if (a.dim(1) != b.dim(0)) {
      return ModelError(
          "lhs.dim_size(1) and rhs.dim_size(0) must be equal, but given lhs.dim_size(1): {} and "
          "rhs.dim_size(0): {}",
          a.dim(1), b.dim(0));
    }
    const int64_t n = b.dim(1);
    SMCLI_ASSIGN_OR_RETURN(const UniformScales rhs, UniformScales::Of(ctx, hybrid_ ? 2 : 4, rhs_.axis, n));
    if (hybrid_) return MultiplyHybrid(ctx, rhs);
    SMCLI_ASSIGN_OR_RETURN(const UniformScales lhs, UniformScales::Of(ctx, 2, -1, 1));
    SMCLI_ASSIGN_OR_RETURN(const UniformScales output, UniformScales::Of(ctx, 6, output_.axis, n));
    std::vector<FixedPointRatio> ratios;
    for (int64_t j = 0; j < n; ++j) {
      ratios.emplace_back(static_cast<double>(lhs.scale(0)) * static_cast<double>(rhs.scale(j)) /
                          static_cast<double>(output.scale(j)));
    }
    const auto finish = [&](int32_t sum, int64_t j) {
      return Clamped<int32_t>(int64_t{ratios[static_cast<size_t>(j)].Times(sum)} + output.zero(j), output_);
    };
    return MultiplyBytes(ctx, rhs, lhs.zero(0), finish);
  }

 private:
  static int32_t Difference(int32_t a, int32_t b) {  // wraps
    return static_cast<int32_t>(static_cast<uint32_t>(a) - static_cast<uint32_t>(b));
  }

  // left x (rhs - its zero points), in int32.
  static Status Multiply(KernelContext& ctx, const std::vector<int32_t>& left, const UniformScales& rhs, int32_t* to) {
    const Tensor& b = ctx.input(1);
    const int64_t m = ctx.input(0).dim(0), k = b.dim(0), n = b.dim(1);
    std::vector<int32_t> right(static_cast<size_t>(k * n));
    for (size_t i = 0; i < right.size(); ++i) {
      right[i] = Difference(b.data<int8_t>()[i], rhs.zero(static_cast<int64_t>(i) % n));
    }
    return MultiplyMatrices<int32_t>(ctx.pool(), {left.data(), k, 1}, {right.data(), n, 1}, nullptr, m, k, n, to);
  }

  // out[i][j] = finish(the product, j).
  template <typename F>
  static Status MultiplyBytes(KernelContext& ctx, const UniformScales& rhs, int32_t lhs_zero, F finish) {
    const Tensor& a = ctx.input(0);
    const int64_t m = a.dim(0), n = ctx.input(1).dim(1);
    std::vector<int32_t> left;
    for (int64_t i = 0; i < a.num_elements(); ++i) left.push_back(Difference(a.data<int8_t>()[i], lhs_zero));
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, DataType::kQint32, Shape{m, n}));
    int32_t* to = out->mutable_data<int32_t>();
    SMCLI_RETURN_IF_ERROR(Multiply(ctx, left, rhs, to));
    for (int64_t i = 0; i < m * n; ++i) to[i] = finish(to[i], i % n);
    return {};
  }

  // Each row of the left side is quantised over a range of its own.
  static Status MultiplyHybrid(KernelContext& ctx, const UniformScales& rhs) {
    const Tensor& a = ctx.input(0);
    const int64_t m = a.dim(0), k = a.dim(1), n = ctx.input(1).dim(1);
    const DynamicBytes quantised = DynamicBytes::Of(a, 0);
    std::vector<int32_t> left, products(static_cast<size_t>(m * n));
    for (int64_t i = 0; i < m * k; ++i) {
      const auto at = static_cast<size_t>(i);
      left.push_back(quantised.bytes[at] - quantised.ranges[static_cast<size_t>(i / k)].zero);
    }
    SMCLI_RETURN_IF_ERROR(Multiply(ctx, left, rhs, products.data()));
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, DataType::kFloat, Shape{m, n}));
    for (int64_t i = 0; i < m * n; ++i) {
      out->mutable_data<float>()[i] = static_cast<float>(products[static_cast<size_t>(i)]) *
                                      quantised.ranges[static_cast<size_t>(i / n)].scale * rhs.scale(i % n);
    }
    return {};
  }

  bool hybrid_ = false;
  UniformAttrs lhs_, rhs_, output_;
};

// Both operands are brought to the output's scale; an axis is the last dimension of what it belongs to.
class UniformAdd final : public Kernel {
 public:
  static Result<UniformAdd> Make(const NodeInfo& node) {
    UniformAdd kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.lhs_, UniformAttrs::Make(node, "lhs_"));
    SMCLI_ASSIGN_OR_RETURN(kernel.rhs_, UniformAttrs::Make(node, "rhs_"));
    SMCLI_ASSIGN_OR_RETURN(kernel.output_, UniformAttrs::Make(node, "output_"));
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const Tensor& a = ctx.input(0);
    const Tensor& b = ctx.input(1);
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, BroadcastShape(a.shape(), b.shape()));
    SMCLI_ASSIGN_OR_RETURN(const AxisSlices out_slices, AxisSlices::Of(shape, output_.axis));
    SMCLI_ASSIGN_OR_RETURN(const UniformScales output, UniformScales::Of(ctx, 6, output_.axis, out_slices.count));
    SMCLI_ASSIGN_OR_RETURN(const std::vector<int32_t> left, Requantized(ctx, a, lhs_, 2, output));
    SMCLI_ASSIGN_OR_RETURN(const std::vector<int32_t> right, Requantized(ctx, b, rhs_, 4, output));
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, DataType::kQint32, shape));
    const BroadcastWalk walk_a(a.shape(), shape), walk_b(b.shape(), shape);
    if (shape.num_elements() == 0) return {};
    auto at_a = walk_a.Seek(0), at_b = walk_b.Seek(0);
    int32_t* y = out->mutable_data<int32_t>();
    out_slices.ForEachRun([&](int64_t slice, int64_t first, int64_t count) {
      for (int64_t i = first; i < first + count; ++i) {
        const int64_t sum = int64_t{left[static_cast<size_t>(at_a.offset)]} + right[static_cast<size_t>(at_b.offset)];
        y[i] = Clamped<int32_t>(sum + output.zero(slice), output_);
        walk_a.Advance(at_a, 1);
        walk_b.Advance(at_b, 1);
      }
    });
    return {};
  }

 private:
  // Steps of the output's scale from zero.
  static Result<std::vector<int32_t>> Requantized(const KernelContext& ctx, const Tensor& x, const UniformAttrs& attrs,
                                                  int scales, const UniformScales& output) {
    SMCLI_ASSIGN_OR_RETURN(const AxisSlices slices, AxisSlices::Of(x.shape(), attrs.axis));
    SMCLI_ASSIGN_OR_RETURN(const UniformScales from, UniformScales::Of(ctx, scales, attrs.axis, slices.count));
    if (output.scales.size() != 1 && output.scales.size() != from.scales.size()) {
      return ModelError("an output quantized by axis needs operands quantized by axis");
    }
    std::vector<int32_t> steps(static_cast<size_t>(x.num_elements()));
    slices.ForEachRun([&](int64_t slice, int64_t first, int64_t count) {
      const FixedPointRatio ratio(static_cast<double>(from.scale(slice)) / static_cast<double>(output.scale(slice)));
      for (int64_t i = first; i < first + count; ++i) {
        steps[static_cast<size_t>(i)] = ratio.Times(int64_t{x.data<int32_t>()[i]} - from.zero(slice));
      }
    });
    return steps;
  }

  UniformAttrs lhs_, rhs_, output_;
};

// (operand, min, max, scales, zero_points): within min and max, which are quantised as the operand is.
class UniformClip final : public Kernel {
 public:
  static Result<UniformClip> Make(const NodeInfo& node) {
    UniformClip kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.attrs_, UniformAttrs::Make(node, ""));
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const Tensor& x = ctx.input(0);
    SMCLI_ASSIGN_OR_RETURN(const AxisSlices slices, AxisSlices::Of(x.shape(), attrs_.axis));
    SMCLI_ASSIGN_OR_RETURN(const UniformScales scales, UniformScales::Of(ctx, 3, attrs_.axis, slices.count));
    for (int i = 1; i <= 2; ++i) {
      const bool fits = ctx.input(i).num_elements() == static_cast<int64_t>(scales.scales.size());
      if (fits && ctx.input(i).rank() == ctx.input(3).rank()) continue;
      return ModelError("Input {} shape must be same as scales shape, got {}", i == 1 ? "min" : "max",
                        ctx.input(i).shape().ToString());
    }
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, DataType::kQint32, x.shape()));
    slices.ForEachRun([&](int64_t slice, int64_t first, int64_t count) {
      const int32_t low = ctx.input(1).data<int32_t>()[slice];
      const int32_t high = ctx.input(2).data<int32_t>()[slice];
      for (int64_t i = first; i < first + count; ++i) {
        out->mutable_data<int32_t>()[i] = std::min(std::max(x.data<int32_t>()[i], low), high);
      }
    });
    return {};
  }

 private:
  UniformAttrs attrs_;
};

constexpr DataTypeSet kBytesAndWords = DataType::kQuint8 | DataType::kQint8 | DataType::kQint32;
constexpr DataTypeSet kByte = DataType::kQint8, kWord = DataType::kQint32, kFloat = DataType::kFloat;

constexpr Op kOps[] = {
    {.name = "UniformDequantize",
     .types = {{{"Tin", kBytesAndWords}, {"Tout", kFloat}}},
     .make = MakeKernel<UniformConvert>,
     .tolerance = Tolerance::kRounding},
    {.name = "UniformQuantize",
     .types = {{{"Tin", kFloat}, {"Tout", kBytesAndWords}}},
     .make = MakeKernel<UniformConvert>},
    {.name = "UniformQuantizedAdd", .types = {{{"T", kWord}}}, .make = MakeKernel<UniformAdd>},
    {.name = "UniformQuantizedClipByValue", .types = {{{"T", kWord}}}, .make = MakeKernel<UniformClip>},
    {.name = "UniformQuantizedDot", .types = {{{"Tin", kByte}, {"Tout", kWord}}}, .make = MakeKernel<UniformDot>},
    {.name = "UniformQuantizedDotHybrid",
     .types = {{{"Tlhs", kFloat}, {"Trhs", kByte}, {"Tout", kFloat}}},
     .make = MakeKernel<UniformDot>,
     .tolerance = Tolerance::kRounding},
    {.name = "UniformRequantize",
     .types = {{{"Tin", kByte | kWord}, {"Tout", kByte | kWord}}},
     .make = MakeKernel<UniformConvert>},
};

}  // namespace

std::span<const Op> UniformQuantizeOps() { return kOps; }

}  // namespace smcli
