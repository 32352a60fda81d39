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
