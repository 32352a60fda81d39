// Half (IEEE binary16) and BFloat16: storage and conversion. Arithmetic is done in float.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace smcli {

struct BFloat16 {
  uint16_t bits = 0;

  BFloat16() = default;
  // Rounds to nearest, ties to even; every NaN becomes the quiet NaN of its sign (TensorFlow's choice).
  explicit BFloat16(float value) {
    const auto word = std::bit_cast<uint32_t>(value);
    if (value != value) {
      bits = static_cast<uint16_t>((word >> 16 & 0x8000u) | 0x7fc0u);
    } else {
      bits = static_cast<uint16_t>((word + 0x7fffu + (word >> 16 & 1u)) >> 16);
    }
  }
  explicit operator float() const { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }
  bool operator==(BFloat16 other) const { return static_cast<float>(*this) == static_cast<float>(other); }
};

struct Half {
  uint16_t bits = 0;

  Half() = default;
  // Rounds to nearest, ties to even; overflow gives infinity.
  explicit Half(float value) {
    const auto word = std::bit_cast<uint32_t>(value);
    const auto sign = static_cast<uint16_t>(word >> 16 & 0x8000u);
    const uint32_t magnitude = word & 0x7fffffffu;
    if (magnitude >= 0x47800000u) {  // 65536 and above, infinity, NaN
      bits = static_cast<uint16_t>(sign | (magnitude > 0x7f800000u ? 0x7e00u : 0x7c00u));
    } else if (magnitude < 0x38800000u) {  // subnormal half: let the float adder round
      const float shifted = std::bit_cast<float>(magnitude) + 0.5f;
      bits = static_cast<uint16_t>(sign | (std::bit_cast<uint32_t>(shifted) - 0x3f000000u));
    } else {
      const uint32_t odd = magnitude >> 13 & 1u;
      bits = static_cast<uint16_t>(sign | ((magnitude + 0xc8000fffu + odd) >> 13));
    }
  }
  explicit operator float() const {
    const uint32_t sign = static_cast<uint32_t>(bits & 0x8000u) << 16;
    const uint32_t exponent = bits >> 10 & 0x1fu;
    const uint32_t mantissa = bits & 0x3ffu;
    if (exponent == 0x1f) return std::bit_cast<float>(sign | 0x7f800000u | mantissa << 13);
    if (exponent != 0) return std::bit_cast<float>(sign | (exponent + 112u) << 23 | mantissa << 13);
    const float tiny = static_cast<float>(mantissa) * 0x1p-24f;
    return std::bit_cast<float>(sign | std::bit_cast<uint32_t>(tiny));
  }
  bool operator==(Half other) const { return static_cast<float>(*this) == static_cast<float>(other); }
};

}  // namespace smcli
