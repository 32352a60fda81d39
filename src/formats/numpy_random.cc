#include "formats/numpy_random.h"

#include <bit>
#include <cmath>

namespace smcli {

void NumpyRandom::Seed(uint32_t seed) {
  for (int i = 0; i < kWords; ++i) {
    state_[static_cast<size_t>(i)] = seed;
    seed = 1812433253u * (seed ^ seed >> 30) + static_cast<uint32_t>(i) + 1;
  }
  at_ = kWords;
  has_gaussian_ = false;
}

// M. Matsumoto and T. Nishimura, "Mersenne Twister", 1998: the recurrence over all words at once.
void NumpyRandom::Refill() {
  constexpr int kShift = 397;
  for (size_t i = 0; i < kWords; ++i) {
    const uint32_t mixed = (state_[i] & 0x80000000u) | (state_[(i + 1) % kWords] & 0x7fffffffu);
    state_[i] = state_[(i + kShift) % kWords] ^ mixed >> 1 ^ (mixed & 1u ? 0x9908b0dfu : 0u);
  }
  at_ = 0;
}

uint32_t NumpyRandom::NextWord() {
  if (at_ == kWords) Refill();
  uint32_t word = state_[static_cast<size_t>(at_++)];
  word ^= word >> 11;
  word ^= word << 7 & 0x9d2c5680u;
  word ^= word << 15 & 0xefc60000u;
  return word ^ word >> 18;
}

double NumpyRandom::NextDouble() {
  const uint32_t high = NextWord() >> 5, low = NextWord() >> 6;
  return (static_cast<double>(high) * 67108864.0 + static_cast<double>(low)) / 9007199254740992.0;
}

double NumpyRandom::NextGaussian() {
  if (has_gaussian_) {
    has_gaussian_ = false;
    return gaussian_;
  }
  double x = 0, y = 0, r = 0;
  do {
    x = 2.0 * NextDouble() - 1.0;
    y = 2.0 * NextDouble() - 1.0;
    r = x * x + y * y;
  } while (r >= 1.0 || r == 0.0);
  const double scale = std::sqrt(-2.0 * std::log(r) / r);
  gaussian_ = scale * x;  // NumPy keeps the first and hands out the second
  has_gaussian_ = true;
  return scale * y;
}

uint64_t NumpyRandom::NextBounded(uint64_t range) {
  if (range == 0) return 0;
  const uint64_t mask = ~uint64_t{0} >> std::countl_zero(range);
  for (;;) {
    uint64_t value = NextWord();
    if (range > 0xffffffffu) value = value << 32 | NextWord();
    value &= mask;
    if (value <= range) return value;
  }
}

}  // namespace smcli
