// half and bfloat16 from and to float.
#include <cstring>

#include "loops/tables.h"

#ifdef __F16C__
#include <immintrin.h>
#endif

SMCLI_LOOPS_BEGIN
namespace {

uint32_t BitsOf(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof(bits));
  return bits;
}
float FloatOf(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof(value));
  return value;
}

// The same arithmetic as tensor/float16.h, without branches, for the levels that have no instruction for it.
[[maybe_unused]] float HalfToFloat(uint16_t half) {
  const uint32_t sign = static_cast<uint32_t>(half & 0x8000u) << 16;
  const uint32_t rest = half & 0x7fffu;
  const uint32_t normal = (rest << 13) + (rest >= 0x7c00u ? 0x70000000u : 0x38000000u);
  const uint32_t tiny = BitsOf(static_cast<float>(static_cast<int32_t>(rest)) * 0x1p-24f);
  return FloatOf(sign | (rest < 0x400u ? tiny : normal));
}
[[maybe_unused]] uint16_t FloatToHalf(float value) {
  const uint32_t word = BitsOf(value);
  const uint32_t sign = word >> 16 & 0x8000u;
  const uint32_t magnitude = word & 0x7fffffffu;
  const uint32_t special = magnitude > 0x7f800000u ? 0x7e00u : 0x7c00u;
  const uint32_t tiny = BitsOf(FloatOf(magnitude < 0x38800000u ? magnitude : 0u) + 0.5f) - 0x3f000000u;
  const uint32_t normal = (magnitude + 0xc8000fffu + (magnitude >> 13 & 1u)) >> 13;
  const uint32_t rest = magnitude >= 0x47800000u ? special : magnitude < 0x38800000u ? tiny : normal;
  return static_cast<uint16_t>(sign | rest);
}

void HalfToFloatLoop(const uint16_t* x, float* y, int64_t n) {
  int64_t i = 0;
#ifdef __F16C__
  for (; i + 8 <= n; i += 8) {
    _mm256_storeu_ps(y + i, _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(x + i))));
  }
#endif
  for (; i < n; ++i) y[i] = HalfToFloat(x[i]);
}
void FloatToHalfLoop(const float* x, uint16_t* y, int64_t n) {
  int64_t i = 0;
#ifdef __F16C__
  for (; i + 8 <= n; i += 8) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(y + i), _mm256_cvtps_ph(_mm256_loadu_ps(x + i), 0));
  }
#endif
  for (; i < n; ++i) y[i] = FloatToHalf(x[i]);
}

void Bfloat16ToFloatLoop(const uint16_t* x, float* y, int64_t n) {
  for (int64_t i = 0; i < n; ++i) y[i] = FloatOf(static_cast<uint32_t>(x[i]) << 16);
}
void FloatToBfloat16Loop(const float* x, uint16_t* y, int64_t n) {
  for (int64_t i = 0; i < n; ++i) {
    const uint32_t word = BitsOf(x[i]);
    const uint32_t rounded = (word + 0x7fffu + (word >> 16 & 1u)) >> 16;
    const uint32_t nan = (word >> 16 & 0x8000u) | 0x7fc0u;
    y[i] = static_cast<uint16_t>((word & 0x7fffffffu) > 0x7f800000u ? nan : rounded);
  }
}

}  // namespace

constinit const Float16Loops kFloat16 = {
    HalfToFloatLoop,
    FloatToHalfLoop,
    Bfloat16ToFloatLoop,
    FloatToBfloat16Loop,
};

SMCLI_LOOPS_END
