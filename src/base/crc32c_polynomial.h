// Arithmetic behind CRC-32C, shared by its methods: polynomials over GF(2) modulo the Castagnoli polynomial (or another
// one), bits reflected (bit 31 is the coefficient of x^0), evaluated when the program is compiled.
#pragma once

#include <cstdint>

namespace smcli::crc32c {

inline constexpr uint32_t kPolynomial = 0x82f63b78u;
inline constexpr uint32_t kOne = 0x80000000u;

template <uint32_t polynomial = kPolynomial>
constexpr uint32_t TimesX(uint32_t a) {
  return a >> 1 ^ (a & 1u ? polynomial : 0u);
}

template <uint32_t polynomial = kPolynomial>
constexpr uint32_t Multiply(uint32_t a, uint32_t b) {
  uint32_t product = 0;
  for (uint32_t bit = kOne; bit != 0; bit >>= 1, b = TimesX<polynomial>(b)) {
    if (a & bit) product ^= b;
  }
  return product;
}

// x^n.
template <uint32_t polynomial = kPolynomial>
constexpr uint32_t PowerOfX(uint64_t n) {
  uint32_t power = kOne;
  for (uint32_t square = kOne >> 1; n != 0; n >>= 1, square = Multiply<polynomial>(square, square)) {
    if (n & 1u) power = Multiply<polynomial>(power, square);
  }
  return power;
}

}  // namespace smcli::crc32c
