#include "tensor/float8.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace smcli {
namespace {

// "fn": no infinities, all bits of exponent and mantissa set is NaN. "fnuz": no negative zero either, 0x80 is NaN.
enum class Specials { kIeee, kFn, kFnuz };

struct Format {
  int mantissa_bits;
  int bias;
  Specials specials;

  int exponent_bits() const { return 7 - mantissa_bits; }
  uint8_t infinity() const { return static_cast<uint8_t>(((1 << exponent_bits()) - 1) << mantissa_bits); }
  // The bits of the largest finite number.
  int largest() const { return specials == Specials::kIeee ? infinity() - 1 : specials == Specials::kFn ? 0x7e : 0x7f; }
};

Format FormatOf(DataType dtype) {
  switch (dtype) {
    case DataType::kFloat8E5m2: return {2, 15, Specials::kIeee};
    case DataType::kFloat8E4m3fn: return {3, 7, Specials::kFn};
    case DataType::kFloat8E4m3fnuz: return {3, 8, Specials::kFnuz};
    case DataType::kFloat8E4m3b11fnuz: return {3, 11, Specials::kFnuz};
    default: return {2, 16, Specials::kFnuz};  // kFloat8E5m2fnuz
  }
}

float Decode(const Format& format, uint8_t bits) {
  const int magnitude = bits & 0x7f;
  const bool negative = bits & 0x80;
  if (format.specials == Specials::kFnuz && bits == 0x80) return std::numeric_limits<float>::quiet_NaN();
  if (format.specials == Specials::kFn && magnitude == 0x7f) return std::numeric_limits<float>::quiet_NaN();
  if (format.specials == Specials::kIeee && magnitude >= format.infinity()) {
    if (magnitude > format.infinity()) return std::numeric_limits<float>::quiet_NaN();
    return negative ? -INFINITY : INFINITY;
  }
  const int exponent = magnitude >> format.mantissa_bits;
  const int mantissa = magnitude & ((1 << format.mantissa_bits) - 1);
  const int whole = exponent == 0 ? mantissa : mantissa | 1 << format.mantissa_bits;
  const float value =
      std::ldexp(static_cast<float>(whole), (exponent == 0 ? 1 : exponent) - format.bias - format.mantissa_bits);
  return negative ? -value : value;
}

uint8_t Encode(const Format& format, float x) {
  const uint8_t sign = std::signbit(x) ? 0x80 : 0;
  const uint8_t nan = format.specials == Specials::kFnuz ? 0x80 : static_cast<uint8_t>(sign | 0x7f);
  if (std::isnan(x)) return format.specials == Specials::kIeee ? static_cast<uint8_t>(sign | 0x7e) : nan;
  const uint8_t beyond = format.specials == Specials::kIeee ? static_cast<uint8_t>(sign | format.infinity()) : nan;
  if (std::isinf(x)) return beyond;
  // The magnitude in units of the last place that its exponent has in this format, rounded to even.
  int exponent = 0;
  std::frexp(x, &exponent);  // |x| in [2^(exponent - 1), 2^exponent)
  const int step = std::max(exponent - 1, 1 - format.bias) - format.mantissa_bits;
  const auto units = static_cast<int>(std::nearbyint(std::ldexp(std::fabs(x), -step)));
  // Numbers of one sign are in the order of their bits: a carry out of the mantissa lands in the exponent.
  const int binade = step + format.mantissa_bits + format.bias - 1;  // 0 for the smallest
  const int64_t bits = (static_cast<int64_t>(binade) << format.mantissa_bits) + units;
  if (bits > format.largest()) return beyond;
  if (bits == 0 && format.specials == Specials::kFnuz) return 0;
  return static_cast<uint8_t>(sign | static_cast<uint8_t>(bits));
}

}  // namespace

void Float8ToFloat(DataType dtype, const uint8_t* x, float* y, int64_t n) {
  const Format format = FormatOf(dtype);
  for (int64_t i = 0; i < n; ++i) y[i] = Decode(format, x[i]);
}

void FloatToFloat8(DataType dtype, const float* x, uint8_t* y, int64_t n) {
  const Format format = FormatOf(dtype);
  for (int64_t i = 0; i < n; ++i) y[i] = Encode(format, x[i]);
}

}  // namespace smcli
