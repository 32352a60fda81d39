// Random bits as numbers of a distribution, with the arithmetic of TensorFlow's lib/random/random_distributions.h.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <utility>

#include "ops/philox.h"
#include "tensor/float16.h"

namespace smcli {

// In [0, 1): the low bits become the fraction of a number in [1, 2).
inline float UnitFloat(uint32_t bits) { return std::bit_cast<float>((bits & 0x7fffffu) | 0x3f800000u) - 1.0f; }
inline double UnitDouble(uint32_t high, uint32_t low) {
  const uint64_t fraction = static_cast<uint64_t>(high & 0xfffffu) << 32 | low;
  return std::bit_cast<double>(fraction | uint64_t{0x3ff} << 52) - 1.0;
}
inline Half UnitHalf(uint32_t bits) {
  Half one_to_two;
  one_to_two.bits = static_cast<uint16_t>((bits & 0x3ffu) | 0x3c00u);
  return Half(static_cast<float>(one_to_two) - 1.0f);
}
inline BFloat16 UnitBFloat16(uint32_t bits) {
  BFloat16 one_to_two;
  one_to_two.bits = static_cast<uint16_t>((bits & 0x7fu) | 0x3f80u);
  return BFloat16(static_cast<float>(one_to_two) - 1.0f);
}

// Two independent normal numbers out of two uniform ones (Box and Muller, 1958).
inline std::pair<float, float> NormalFloats(uint32_t x0, uint32_t x1) {
  const float u1 = std::max(UnitFloat(x0), 1.0e-7f);
  const auto angle = static_cast<float>(2.0f * std::numbers::pi * UnitFloat(x1));
  const float radius = std::sqrt(-2.0f * std::log(u1));
  return {std::sin(angle) * radius, std::cos(angle) * radius};
}
inline std::pair<double, double> NormalDoubles(uint32_t x0, uint32_t x1, uint32_t x2, uint32_t x3) {
  const double u1 = std::max(UnitDouble(x0, x1), 1.0e-7);
  const double angle = 2 * std::numbers::pi * UnitDouble(x2, x3);
  const double radius = std::sqrt(-2.0 * std::log(u1));
  return {std::sin(angle) * radius, std::cos(angle) * radius};
}

// Uniform doubles, the second of a pair first.
class UniformDoubles {
 public:
  explicit UniformDoubles(const Philox& philox) : philox_(philox) {}
  double operator()() {
    if (left_ == 0) {
      const Philox::Words words = philox_();
      pair_ = {UnitDouble(words[0], words[1]), UnitDouble(words[2], words[3])};
      left_ = 2;
    }
    return pair_[static_cast<size_t>(--left_)];
  }

 private:
  Philox philox_;
  std::array<double, 2> pair_{};
  int left_ = 0;
};

}  // namespace smcli
