#include "ops/uniform_quantization.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace smcli {

Result<UniformAttrs> UniformAttrs::Make(const NodeInfo& node, const std::string& prefix) {
  UniformAttrs attrs;
  attrs.axis = node.attrs.Int(prefix + "quantization_axis", -1);
  SMCLI_ASSIGN_OR_RETURN(attrs.min, node.attrs.Int(prefix + "quantization_min_val"));
  SMCLI_ASSIGN_OR_RETURN(attrs.max, node.attrs.Int(prefix + "quantization_max_val"));
  if (attrs.axis < -1) return InvalidModelError("quantization_axis must be >= -1, given: {}", attrs.axis);
  if (attrs.min >= attrs.max) {
    return InvalidModelError("quantization_min_val must be smaller than quantization_max_val: {} and {}", attrs.min,
                             attrs.max);
  }
  return attrs;
}

Result<UniformScales> UniformScales::Of(const KernelContext& ctx, int i, int64_t axis, int64_t slices) {
  const Tensor& scales = ctx.input(i);
  const Tensor& zeros = ctx.input(i + 1);
  const int rank = axis == -1 ? 0 : 1;
  const int64_t count = axis == -1 ? 1 : slices;
  for (const Tensor* tensor : {&scales, &zeros}) {
    if (tensor->rank() == rank && tensor->num_elements() == count) continue;
    return ModelError("scales and zero points must be {} of {} elements, got {}", rank == 0 ? "scalars" : "vectors",
                      count, tensor->shape().ToString());
  }
  UniformScales answer;
  answer.scales.assign(scales.flat<float>().begin(), scales.flat<float>().end());
  answer.zeros.assign(zeros.flat<int32_t>().begin(), zeros.flat<int32_t>().end());
  for (float scale : answer.scales) {
    if (!(scale > 0) || !std::isfinite(scale)) return ModelError("scales must be positive and finite, got {}", scale);
  }
  return answer;
}

// The zero point is the end that loses less by rounding.
DynamicRange DynamicRange::Of(float min, float max) {
  constexpr double kLow = -128, kHigh = 127;
  const double low = std::min(0.0f, min), high = std::max(0.0f, max);
  DynamicRange range;
  if (!(low < high) || !std::isfinite(high - low)) return range;
  const double scale = (high - low) / (kHigh - kLow);
  const double from_low = kLow - low / scale, from_high = kHigh - high / scale;
  const bool low_is_nearer = -kLow + std::abs(low / scale) < kHigh + std::abs(high / scale);
  const double zero = low_is_nearer ? from_low : from_high;
  range.zero = static_cast<int32_t>(std::round(std::clamp(zero, kLow, kHigh)));
  range.scale = static_cast<float>(scale);
  range.empty = false;
  return range;
}

int8_t DynamicRange::Quantize(float x) const {
  if (empty || x != x) return 0;
  const float steps = std::floor(x * (1.0f / scale) + 0.5f) + static_cast<float>(zero);
  return static_cast<int8_t>(std::clamp(steps, -128.0f, 127.0f));
}

DynamicBytes DynamicBytes::Of(const Tensor& x, int batch) {
  const int64_t images = x.dim(batch), step = x.shape().Product(batch + 1, x.rank());
  const float* from = x.data<float>();
  std::vector<float> low(static_cast<size_t>(images)), high(low);
  const auto image_of = [&](int64_t i) { return static_cast<size_t>(i / step % images); };
  for (int64_t i = 0; i < x.num_elements(); ++i) {
    low[image_of(i)] = std::min(low[image_of(i)], from[i]);
    high[image_of(i)] = std::max(high[image_of(i)], from[i]);
  }
  DynamicBytes quantised;
  for (size_t i = 0; i < low.size(); ++i) quantised.ranges.push_back(DynamicRange::Of(low[i], high[i]));
  quantised.bytes.resize(static_cast<size_t>(x.num_elements()));
  for (int64_t i = 0; i < x.num_elements(); ++i) {
    quantised.bytes[static_cast<size_t>(i)] = quantised.ranges[image_of(i)].Quantize(from[i]);
  }
  return quantised;
}

FixedPointRatio::FixedPointRatio(double ratio) {
  const double fraction = std::frexp(ratio, &shift_);
  multiplier_ = std::isfinite(fraction) ? static_cast<int64_t>(std::round(fraction * 2147483648.0)) : 0;
  if (multiplier_ == int64_t{1} << 31) {
    multiplier_ /= 2;
    ++shift_;
  }
  if (shift_ < -31) multiplier_ = shift_ = 0;
  if (shift_ > 30) {
    shift_ = 30;
    multiplier_ = std::numeric_limits<int32_t>::max();
  }
}

int32_t FixedPointRatio::Times(int64_t x) const {
  const int shift = 31 - shift_;  // 1 to 62
  const __int128 product = static_cast<__int128>(x) * multiplier_ + (__int128{1} << (shift - 1));
  const __int128 answer = product >> shift;
  constexpr __int128 kLow = std::numeric_limits<int32_t>::lowest(), kHigh = std::numeric_limits<int32_t>::max();
  return static_cast<int32_t>(std::clamp(answer, kLow, kHigh));
}

}  // namespace smcli
