// QuantizeV2 and Dequantize (TensorFlow: kernels/quantize_op.cc, dequantize_op.cc): floats to quantised integers and
// back, over one range or one per slice along an axis.
#include "ops/axis_slices.h"
#include "ops/cast.h"
#include "ops/op.h"
#include "ops/quantized_range.h"

namespace smcli {
namespace {

enum class Mode { kMinCombined, kMinFirst, kScaled };

Result<Mode> ReadMode(const NodeInfo& node) {
  SMCLI_ASSIGN_OR_RETURN(const std::string mode, node.attrs.String("mode"));
  if (mode == "MIN_COMBINED") return Mode::kMinCombined;
  if (mode == "MIN_FIRST") return Mode::kMinFirst;
  if (mode == "SCALED") return Mode::kScaled;
  return InvalidModelError("mode must be MIN_COMBINED, MIN_FIRST or SCALED, is '{}'", mode);
}

// The ranges of all slices, from the two inputs that hold their bounds.
Result<std::vector<QuantizedRange>> ReadRanges(const KernelContext& ctx, const AxisSlices& slices) {
  for (int i = 1; i <= 2; ++i) {
    if (ctx.input(i).num_elements() == slices.count) continue;
    return ModelError("{}_range must have as many elements as input on the axis, got {}, expected {}",
                      i == 1 ? "min" : "max", ctx.input(i).num_elements(), slices.count);
  }
  std::vector<QuantizedRange> ranges;
  for (int64_t i = 0; i < slices.count; ++i) {
    ranges.push_back({ctx.input(1).data<float>()[i], ctx.input(2).data<float>()[i]});
  }
  return ranges;
}

template <typename T>
float HalfOf() {
  return std::is_signed_v<T> ? static_cast<float>(kSteps<T>) / 2.0f : 0.0f;
}

// As x86 converts: 2^31, which the highest float of a range of qint32 comes to, gives the lowest integer.
template <typename T>
T Converted(float x) {
  if (sizeof(T) == 4 && x >= 2147483648.0f) return static_cast<T>(kLowest<T>);
  return Saturated<T>(x);
}

class QuantizeV2 final : public Kernel {
 public:
  static Result<QuantizeV2> Make(const NodeInfo& node) {
    QuantizeV2 kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.mode_, ReadMode(node));
    SMCLI_ASSIGN_OR_RETURN(const std::string rounding, node.attrs.String("round_mode"));
    kernel.to_even_ = rounding == "HALF_TO_EVEN";
    if (kernel.to_even_ && kernel.mode_ != Mode::kScaled) {
      return InvalidModelError("Round mode 'HALF_TO_EVEN' only supported for mode 'SCALED'");
    }
    kernel.narrow_ = node.attrs.Bool("narrow_range", false);
    kernel.axis_ = node.attrs.Int("axis", -1);
    kernel.smallest_ = node.attrs.Float("ensure_minimum_range", 0.01f);
    kernel.dtype_ = node.output_types[0];
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    const Tensor& x = ctx.input(0);
    SMCLI_ASSIGN_OR_RETURN(const AxisSlices slices, AxisSlices::Of(x.shape(), axis_));
    SMCLI_ASSIGN_OR_RETURN(std::vector<QuantizedRange> ranges, ReadRanges(ctx, slices));
    if (slices.count > 1 && mode_ == Mode::kMinFirst) return ModelError("MIN_FIRST mode is not implemented with axis");
    for (const QuantizedRange& range : ranges) {
      if (range.max < range.min) return ModelError("input_max_range must be larger than input_min_range.");
    }
    const Shape range_shape = axis_ == -1 ? Shape{} : Shape{slices.count};
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, dtype_, x.shape()));
    SMCLI_ASSIGN_OR_RETURN(Tensor * low, ctx.Allocate(1, DataType::kFloat, range_shape));
    SMCLI_ASSIGN_OR_RETURN(Tensor * high, ctx.Allocate(2, DataType::kFloat, range_shape));
    DispatchInts(dtype_, [&](auto tag) {
      using T = typename decltype(tag)::type;
      if constexpr (sizeof(T) <= 4) {
        for (size_t i = 0; i < ranges.size(); ++i) {
          ranges[i] = Adjusted<T>(ranges[i]);
          low->mutable_data<float>()[i] = ranges[i].min;
          high->mutable_data<float>()[i] = ranges[i].max;
        }
        T* to = out->mutable_data<T>();
        slices.ForEachRun([&](int64_t slice, int64_t first, int64_t count) {
          QuantizeRun<T>(ranges[static_cast<size_t>(slice)], x.data<float>() + first, to + first, count);
        });
      }
    });
    return {};
  }

 private:
  // The range that is used: with zero in it, not too small, and in SCALED mode symmetric.
  template <typename T>
  QuantizedRange Adjusted(const QuantizedRange& given) const {
    QuantizedRange range{std::min(0.0f, given.min), given.max};
    const float epsilon = std::max({1.0f, std::fabs(given.min), std::fabs(given.max)}) * smallest_;
    range.max = std::max(0.0f, std::max(given.max, range.min + epsilon));
    if (mode_ != Mode::kScaled) return range;
    const auto lowest = static_cast<float>(kLowest<T> + (narrow_ ? 1 : 0)), highest = static_cast<float>(kHighest<T>);
    constexpr float kNone = std::numeric_limits<float>::max();
    const float from_min = lowest * range.min > 0 ? lowest / range.min : kNone;
    const float from_max = highest * range.max > 0 ? highest / range.max : kNone;
    const float scale = std::min(from_min, from_max);
    return {lowest / scale, highest / scale};
  }

  template <typename T>
  void QuantizeRun(const QuantizedRange& range, const float* x, T* y, int64_t n) const {
    const auto clamped = [&range](float v) { return std::max(std::min(v, range.max), range.min); };
    if (mode_ == Mode::kMinFirst) {
      const Quantizer<T> quantize(range);
      for (int64_t i = 0; i < n; ++i) y[i] = quantize(x[i]);
    } else if (mode_ == Mode::kScaled) {
      const float scale = static_cast<float>(kHighest<T>) / range.max;
      for (int64_t i = 0; i < n; ++i) {
        const float scaled = clamped(x[i]) * scale;
        y[i] = Converted<T>(to_even_ ? std::nearbyint(scaled) : std::round(scaled));
      }
    } else {
      const float scale = static_cast<float>(static_cast<double>(kSteps<T> - 1) / (range.max - range.min));
      for (int64_t i = 0; i < n; ++i) {
        const float scaled = (clamped(x[i]) - range.min) * scale;
        y[i] = Converted<T>(std::is_signed_v<T> ? std::round(scaled - HalfOf<T>()) : std::trunc(scaled + 0.5f));
      }
    }
  }

  Mode mode_ = Mode::kMinCombined;
  bool to_even_ = false, narrow_ = false;
  int64_t axis_ = -1;
  float smallest_ = 0.01f;
  DataType dtype_ = DataType::kInvalid;
};

class Dequantize final : public Kernel {
 public:
  static Result<Dequantize> Make(const NodeInfo& node) {
    Dequantize kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.mode_, ReadMode(node));
    kernel.narrow_ = node.attrs.Bool("narrow_range", false);
    kernel.axis_ = node.attrs.Int("axis", -1);
    kernel.dtype_ = node.output_types[0];
    if (kernel.dtype_ == DataType::kBfloat16 && kernel.mode_ != Mode::kMinCombined) {
      return InvalidModelError("When output type is bfloat16, mode must be MIN_COMBINED");
    }
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    const Tensor& x = ctx.input(0);
    SMCLI_ASSIGN_OR_RETURN(const AxisSlices slices, AxisSlices::Of(x.shape(), axis_));
    SMCLI_ASSIGN_OR_RETURN(const std::vector<QuantizedRange> ranges, ReadRanges(ctx, slices));
    if (slices.count > 1 && mode_ == Mode::kMinFirst) {
      return ModelError("MIN_FIRST mode is not implemented for Dequantize with axis != -1.");
    }
    SMCLI_ASSIGN_OR_RETURN(Tensor out, Tensor::Make(DataType::kFloat, x.shape()));
    DispatchInts(x.dtype(), [&](auto tag) {
      using T = typename decltype(tag)::type;
      if constexpr (sizeof(T) <= 4) {
        float* to = out.mutable_data<float>();
        slices.ForEachRun([&](int64_t slice, int64_t first, int64_t count) {
          DequantizeRun<T>(ranges[static_cast<size_t>(slice)], x.data<T>() + first, to + first, count);
        });
      }
    });
    SMCLI_ASSIGN_OR_RETURN(out, CastTensor(ctx.pool(), out, dtype_));
    ctx.set_output(0, std::move(out));
    return {};
  }

 private:
  template <typename T>
  void DequantizeRun(const QuantizedRange& range, const T* x, float* y, int64_t n) const {
    if (mode_ == Mode::kMinFirst) {
      const Dequantizer<T> dequantize(range);
      for (int64_t i = 0; i < n; ++i) y[i] = dequantize(x[i]);
    } else if (mode_ == Mode::kScaled) {
      const auto lowest = static_cast<float>(kLowest<T> + (narrow_ ? 1 : 0)), highest = static_cast<float>(kHighest<T>);
      const float from_max = range.max / highest;
      const float scale = std::is_signed_v<T> ? std::max(range.min / lowest, from_max) : from_max;
      for (int64_t i = 0; i < n; ++i) {
        // TensorFlow goes by way of int32 again, where 2^31 has no place and comes out as the minimum.
        const auto value = static_cast<float>(x[i]);
        y[i] = (value < 2147483648.0f ? value : -2147483648.0f) * scale;
      }
    } else {
      const float scale = (range.max - range.min) / (static_cast<float>(kHighest<T>) - static_cast<float>(kLowest<T>));
      for (int64_t i = 0; i < n; ++i) y[i] = (static_cast<float>(x[i]) + HalfOf<T>()) * scale + range.min;
    }
  }

  Mode mode_ = Mode::kMinCombined;
  bool narrow_ = false;
  int64_t axis_ = -1;
  DataType dtype_ = DataType::kFloat;
};

constexpr Op kOps[] = {
    {.name = "Dequantize",
     .types = {{{"T", kQuantized}, {"dtype", DataType::kFloat | DataType::kBfloat16}}},
     .make = MakeKernel<Dequantize>,
     .tolerance = Tolerance::kRounding},
    {.name = "QuantizeV2",
     .types = {{{"T", kQuantized}}},
     .make = MakeKernel<QuantizeV2>,
     .tolerance = Tolerance::kRounding},
};

}  // namespace

std::span<const Op> QuantizeOps() { return kOps; }

}  // namespace smcli
