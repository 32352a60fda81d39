// Quantised numbers: an integer type stands for the floats of a range, its lowest value for `min`, its highest for
// `max` (TensorFlow: kernels/quantization_utils.h). Some of TensorFlow's ways from one to the other differ in the last
// bit, so there are as many here.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "ops/expect.h"
#include "ops/kernel.h"

namespace smcli {

struct QuantizedRange {
  float min = 0, max = 0;

  // The scalars (or tensors of one element) at two inputs of a node.
  static Result<QuantizedRange> Of(const KernelContext& ctx, int min_input, int max_input);
  // ModelError when the range is empty or reversed.
  Status ExpectOpen(std::string_view what) const;
  // As the scalars at outputs `first` and first + 1.
  void Put(KernelContext& ctx, int first) const;
};

template <typename T>
inline constexpr int64_t kLowest = std::numeric_limits<T>::lowest();
template <typename T>
inline constexpr int64_t kHighest = std::numeric_limits<T>::max();
template <typename T>
inline constexpr int64_t kSteps = int64_t{1} << (8 * sizeof(T));

// x as an integer, the nearest bound where it has none.
inline int64_t Int64Of(double x) {
  constexpr double kBound = 9223372036854774784.0;  // the largest double below 2^63
  return x != x ? std::numeric_limits<int64_t>::min() : static_cast<int64_t>(std::clamp(x, -kBound, kBound));
}
// x within the bounds of T; they are exact as doubles.
template <typename T>
T Saturated(double x) {
  if (x != x) return static_cast<T>(kLowest<T>);
  return static_cast<T>(std::clamp(x, static_cast<double>(kLowest<T>), static_cast<double>(kHighest<T>)));
}

// FloatToQuantized and QuantizedToFloat of the reference, in double.
template <typename T>
int64_t QuantizeUnclamped(float x, const QuantizedRange& range) {
  if (range.min == range.max) return kLowest<T>;
  const double adjust = static_cast<double>(kSteps<T>) / (static_cast<double>(kSteps<T>) - 1.0);
  const double scale = static_cast<double>(kSteps<T>) / (static_cast<double>(range.max - range.min) * adjust);
  return Int64Of(std::round(x * scale) - std::round(range.min * scale) + static_cast<double>(kLowest<T>));
}
template <typename T>
T QuantizeExactly(float x, const QuantizedRange& range) {
  return static_cast<T>(std::clamp(QuantizeUnclamped<T>(x, range), kLowest<T>, kHighest<T>));
}
template <typename T>
float DequantizeExactly(T x, const QuantizedRange& range) {
  if (range.min == range.max) return range.min;
  const double adjust = static_cast<double>(kSteps<T>) / (static_cast<double>(kSteps<T>) - 1.0);
  const double scale = static_cast<double>(range.max - range.min) * adjust / static_cast<double>(kSteps<T>);
  const auto step = static_cast<float>(scale);
  const double low = std::round(static_cast<double>(range.min / step)) * static_cast<double>(step);
  return static_cast<float>(low + (static_cast<double>(x) - static_cast<double>(kLowest<T>)) * scale);
}

// What TensorFlow computes in float, over whole tensors.
template <typename T>
class Dequantizer {
 public:
  explicit Dequantizer(const QuantizedRange& range)
      : scale_(static_cast<float>(static_cast<double>(range.max - range.min) / static_cast<double>(kSteps<T> - 1))),
        low_(range.min == range.max ? range.min : std::round(range.min / scale_) * scale_),
        base_(low_ - static_cast<float>(kLowest<T>) * scale_) {}
  float operator()(T x) const { return base_ + static_cast<float>(x) * scale_; }

 private:
  float scale_, low_, base_;
};
template <typename T>
class Quantizer {
 public:
  explicit Quantizer(const QuantizedRange& range)
      : scale_(range.min == range.max ? 0.0f
                                      : static_cast<float>(static_cast<double>(kSteps<T> - 1) /
                                                           static_cast<double>(range.max - range.min))),
        shift_(std::round(range.min * scale_) - static_cast<float>(kLowest<T>)) {}
  T operator()(float x) const {
    // The largest float below 2^31, where T is 32 bits wide.
    const float high = std::min(static_cast<float>(kHighest<T>), 2147483520.0f);
    const float y = std::round(x * scale_) - shift_;
    return static_cast<T>(static_cast<int32_t>(y != y ? high : std::clamp(y, static_cast<float>(kLowest<T>), high)));
  }

 private:
  float scale_, shift_;
};

// The range of the products of two ranges' steps.
template <typename A, typename B, typename C>
QuantizedRange ProductRange(const QuantizedRange& a, const QuantizedRange& b) {
  const float a_step = (a.max - a.min) / static_cast<float>(kHighest<A> - kLowest<A>);
  const float b_step = (b.max - b.min) / static_cast<float>(kHighest<B> - kLowest<B>);
  const float step = a_step * b_step;
  return {step * static_cast<float>(kLowest<C>), step * static_cast<float>(kHighest<C>)};
}
// A range wide enough for sums: 2^bits times the larger bound, on both sides.
QuantizedRange SumRange(const QuantizedRange& a, const QuantizedRange& b, int bits);

// Calls f(TypeTag<T>{}) with quint8's or qint8's integer.
template <typename F>
bool DispatchQuantizedBytes(DataType dtype, F&& f) {
  if (dtype == DataType::kQuint8) {
    f(TypeTag<uint8_t>{});
  } else if (dtype == DataType::kQint8) {
    f(TypeTag<int8_t>{});
  } else {
    return false;
  }
  return true;
}

}  // namespace smcli
