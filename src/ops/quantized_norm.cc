// QuantizedInstanceNorm and QuantizedBatchNormWithGlobalNormalization (TensorFlow: kernels/quantized_instance_norm.cc,
// quantized_batch_norm_op.cc).
#include <cmath>
#include <vector>

#include "ops/expect.h"
#include "ops/op.h"
#include "ops/quantized_range.h"

namespace smcli {
namespace {

// (x, x_min, x_max): every image's channels with mean 0 and variance 1.
class InstanceNorm final : public Kernel {
 public:
  static Result<InstanceNorm> Make(const NodeInfo& node) {
    InstanceNorm kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.given_, node.attrs.Bool("output_range_given"));
    SMCLI_ASSIGN_OR_RETURN(kernel.range_.min, node.attrs.Float("given_y_min"));
    SMCLI_ASSIGN_OR_RETURN(kernel.range_.max, node.attrs.Float("given_y_max"));
    SMCLI_ASSIGN_OR_RETURN(kernel.epsilon_, node.attrs.Float("variance_epsilon"));
    SMCLI_ASSIGN_OR_RETURN(kernel.separation_, node.attrs.Float("min_separation"));
    if (!kernel.given_ || kernel.range_.min < kernel.range_.max) return kernel;
    return InvalidModelError("given_y_min must be less than given_y_max : {} >= {}", kernel.range_.min,
                             kernel.range_.max);
  }

  Status Compute(KernelContext& ctx) const override {
    const Tensor& x = ctx.input(0);
    SMCLI_RETURN_IF_ERROR(ExpectRank(x, 4, "x"));
    SMCLI_ASSIGN_OR_RETURN(const QuantizedRange from, QuantizedRange::Of(ctx, 1, 2));
    if (!(from.min < from.max)) {
      return ModelError("input_min must be less than input_max : {} >= {}", from.min, from.max);
    }
    const std::vector<float> values = Normalized(x, (from.max - from.min) / 255.0f);
    QuantizedRange range = range_;
    if (!given_) {
      range = {std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity()};
      for (float value : values) {
        range.min = std::min(range.min, value);
        range.max = std::max(range.max, value);
      }
    }
    if (range.max - range.min < separation_) range.max = range.min + separation_;
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, DataType::kQuint8, x.shape()));
    std::ranges::transform(values, out->mutable_data<uint8_t>(), Quantizer<uint8_t>(range));
    range.Put(ctx, 1);
    return {};
  }

 private:
  std::vector<float> Normalized(const Tensor& x, float scale) const {
    const int64_t channels = x.dim(3), pixels = x.dim(1) * x.dim(2), size = pixels * channels;
    std::vector<float> values(static_cast<size_t>(x.num_elements()));
    for (int64_t first = 0; size > 0 && first < x.num_elements(); first += size) {
      for (int64_t c = first; c < first + channels; ++c) {
        const auto for_pixels = [&](auto&& f) {
          for (int64_t i = c; i < first + size; i += channels) {
            f(values[static_cast<size_t>(i)], static_cast<float>(x.data<uint8_t>()[i]));
          }
        };
        const auto count = static_cast<float>(pixels);
        float sum = 0, squares = 0;
        for_pixels([&](float&, float v) { sum += v; });
        const float mean = sum / count;
        for_pixels([&](float&, float v) { squares += scale * (v - mean) * (scale * (v - mean)); });
        const float factor = 1.0f / std::sqrt(squares / count + epsilon_);
        for_pixels([&](float& y, float v) { y = scale * (v - mean) * factor; });
      }
    }
    return values;
  }

  bool given_ = false;
  QuantizedRange range_;
  float epsilon_ = 0, separation_ = 0;
};

// (t, t_min, t_max, m, ..., v, ..., beta, ..., gamma, ...) in fixed point, with 10 bits after the point.
class QuantizedBatchNorm final : public Kernel {
 public:
  static Result<QuantizedBatchNorm> Make(const NodeInfo& node) {
    QuantizedBatchNorm kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.epsilon_, node.attrs.Float("variance_epsilon"));
    SMCLI_ASSIGN_OR_RETURN(kernel.scale_, node.attrs.Bool("scale_after_normalization"));
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    const Tensor& x = ctx.input(0);
    SMCLI_RETURN_IF_ERROR(ExpectRank(x, 4, "input"));
    const int64_t channels = x.dim(3);
    std::array<QuantizedRange, 5> ranges;
    for (int i = 0; i < 5; ++i) {
      SMCLI_ASSIGN_OR_RETURN(ranges[static_cast<size_t>(i)], QuantizedRange::Of(ctx, 3 * i + 1, 3 * i + 2));
      if (i > 0 && ctx.input(3 * i).shape() != Shape{channels}) {
        return ModelError("mean, var, beta and gamma must be vectors of {} elements", channels);
      }
    }
    constexpr QuantizedRange kRange{-(1 << 20), 1 << 20};
    std::vector<int32_t> scales, offsets;
    for (int64_t c = 0; c < channels; ++c) {
      const auto value = [&](int i) {
        return DequantizeExactly<uint8_t>(ctx.input(3 * i).data<uint8_t>()[c], ranges[static_cast<size_t>(i)]);
      };
      const float scale = 1.0f / std::sqrt(value(2) + epsilon_) * (scale_ ? value(4) : 1.0f);
      scales.push_back(QuantizeExactly<int32_t>(scale, kRange));
      offsets.push_back(QuantizeExactly<int32_t>(-value(1) * scale + value(3), kRange));
    }
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, DataType::kQint32, x.shape()));
    const auto one = QuantizeExactly<int32_t>(1.0f, kRange);
    for (int64_t i = 0; i < x.num_elements(); ++i) {
      const auto channel = static_cast<size_t>(i % channels);
      const float value = DequantizeExactly<uint8_t>(x.data<uint8_t>()[i], ranges[0]);
      const auto product = static_cast<int32_t>(static_cast<uint32_t>(QuantizeExactly<int32_t>(value, kRange)) *
                                                static_cast<uint32_t>(scales[channel]));
      out->mutable_data<int32_t>()[i] =
          static_cast<int32_t>(static_cast<uint32_t>(product / one) + static_cast<uint32_t>(offsets[channel]));
    }
    kRange.Put(ctx, 1);
    return {};
  }

 private:
  float epsilon_ = 0;
  bool scale_ = false;
};

constexpr DataTypeSet kByte = DataType::kQuint8, kWord = DataType::kQint32;

constexpr Op kOps[] = {
    {.name = "QuantizedBatchNormWithGlobalNormalization",
     .types = {{{"Tinput", kByte}, {"out_type", kWord}}},
     .make = MakeKernel<QuantizedBatchNorm>},
    {.name = "QuantizedInstanceNorm",
     .types = {{{"T", kByte}}},
     .make = MakeKernel<InstanceNorm>,
     .tolerance = Tolerance::kRounding},
};

}  // namespace

std::span<const Op> QuantizedNormOps() { return kOps; }

}  // namespace smcli
