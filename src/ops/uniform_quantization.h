// Numbers quantised by a scale and a zero point, one for the tensor or one for each slice along an axis (TensorFlow:
// kernels/uniform_quant_ops): what the UniformQuantized* ops share.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ops/axis_slices.h"
#include "ops/op.h"

namespace smcli {

// One operand's attributes and, from two inputs of the node, its scales and zero points.
struct UniformAttrs {
  int64_t axis = -1, min = 0, max = 0;

  // The attributes `prefix`quantization_axis, -_min_val and -_max_val.
  static Result<UniformAttrs> Make(const NodeInfo& node, const std::string& prefix);
};

struct UniformScales {
  std::vector<float> scales;
  std::vector<int32_t> zeros;

  // From inputs i and i + 1. ModelError unless both are scalars (axis -1) or vectors of `slices` elements, with
  // positive finite scales.
  static Result<UniformScales> Of(const KernelContext& ctx, int i, int64_t axis, int64_t slices);

  float scale(int64_t slice) const { return scales[scales.size() == 1 ? 0 : static_cast<size_t>(slice)]; }
  int32_t zero(int64_t slice) const { return zeros[zeros.size() == 1 ? 0 : static_cast<size_t>(slice)]; }
};

// qint8 over the range that floats span together with zero: how the hybrid ops quantise their left sides.
struct DynamicRange {
  float scale = 1;
  int32_t zero = 0;
  bool empty = true;  // all values are zero

  static DynamicRange Of(float min, float max);
  int8_t Quantize(float x) const;
};

// A tensor quantised by images, each slice of dimension `batch` over a range of its own. The bytes lie as the floats
// do.
struct DynamicBytes {
  std::vector<int8_t> bytes;
  std::vector<DynamicRange> ranges;

  static DynamicBytes Of(const Tensor& x, int batch);
};

// x * ratio in 31 bits after the point, as TFLite does it.
class FixedPointRatio {
 public:
  explicit FixedPointRatio(double ratio);
  // Rounded, within int32.
  int32_t Times(int64_t x) const;

 private:
  int64_t multiplier_ = 0;  // below 2^31
  int shift_ = 0;
};

}  // namespace smcli
