#include "ops/quantized_range.h"

namespace smcli {

Result<QuantizedRange> QuantizedRange::Of(const KernelContext& ctx, int min_input, int max_input) {
  const Tensor& min = ctx.input(min_input);
  const Tensor& max = ctx.input(max_input);
  if (min.num_elements() != 1) return ModelError("min must be a scalar, got {}", min.shape().ToString());
  if (max.num_elements() != 1) return ModelError("max must be a scalar, got {}", max.shape().ToString());
  return QuantizedRange{min.data<float>()[0], max.data<float>()[0]};
}

Status QuantizedRange::ExpectOpen(std::string_view what) const {
  if (max > min) return {};
  return ModelError("max_{} must be larger than min_{}: {} and {}", what, what, max, min);
}

void QuantizedRange::Put(KernelContext& ctx, int first) const {
  ctx.set_output(first, Tensor::Scalar(min));
  ctx.set_output(first + 1, Tensor::Scalar(max));
}

QuantizedRange SumRange(const QuantizedRange& a, const QuantizedRange& b, int bits) {
  const float bound = std::max({a.max, -a.min, b.max, -b.min}) * static_cast<float>(1 << bits);
  return {-bound, bound};
}

}  // namespace smcli
