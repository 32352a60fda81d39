#include "formats/crc32_x86.h"

#if defined(__x86_64__)

#include <immintrin.h>
#include <zlib.h>

#include "base/crc32c_polynomial.h"

#define SMCLI_PCLMUL __attribute__((target("sse4.1,pclmul")))
#define SMCLI_AVX512 __attribute__((target("avx512f,avx512vl,pclmul,vpclmulqdq")))

namespace smcli::crc32 {
namespace {

// How far ahead memory is asked for, as in base/crc32c_x86.cc.
constexpr size_t kAhead = 1024;

constexpr uint64_t PowerOfX(uint64_t n) { return crc32c::PowerOfX<0xedb88320u>(n); }

// What is left in the registers of a fold stands for all that went before.
uint32_t Reduced(const char* rest, size_t size) {
  return ~static_cast<uint32_t>(crc32_z(~uint32_t{0}, reinterpret_cast<const Bytef*>(rest), size));
}

// A polynomial of 128 bits times x^distance, reduced to 128 bits again, plus what stands there in the data. `factors`:
// for the low half, which holds the higher powers, x^(distance + 64), for the high half x^distance, each divided by the
// x^33 that reflection adds.
SMCLI_PCLMUL __m128i Fold(__m128i lane, __m128i factors, __m128i data) {
  const __m128i low = _mm_clmulepi64_si128(lane, factors, 0x00);
  const __m128i high = _mm_clmulepi64_si128(lane, factors, 0x11);
  return _mm_xor_si128(_mm_xor_si128(low, high), data);
}

SMCLI_AVX512 __m512i Fold(__m512i lanes, __m512i factors, __m512i data) {
  const __m512i low = _mm512_clmulepi64_epi128(lanes, factors, 0x00);
  const __m512i high = _mm512_clmulepi64_epi128(lanes, factors, 0x11);
  return _mm512_ternarylogic_epi64(low, high, data, 0x96);  // the exclusive or of all three
}

SMCLI_PCLMUL __m128i Load(const char* bytes) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes)); }

}  // namespace

bool HasPclmul() { return __builtin_cpu_supports("sse4.1") && __builtin_cpu_supports("pclmul"); }

bool HasAvx512() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("vpclmulqdq");
}

SMCLI_PCLMUL uint32_t ExtendPclmul(uint32_t registers, const char*& bytes, size_t& size) {
  constexpr size_t kStep = 64;
  constexpr auto kLow = static_cast<int64_t>(PowerOfX(8 * kStep + 31));
  constexpr auto kHigh = static_cast<int64_t>(PowerOfX(8 * kStep - 33));
  const __m128i factors = _mm_set_epi64x(kHigh, kLow);
  __m128i lanes[4];
  for (size_t k = 0; k < 4; ++k) lanes[k] = Load(bytes + 16 * k);
  lanes[0] = _mm_xor_si128(lanes[0], _mm_cvtsi32_si128(static_cast<int>(registers)));
  for (bytes += kStep, size -= kStep; size >= kStep; bytes += kStep, size -= kStep) {
    _mm_prefetch(bytes + kAhead, _MM_HINT_T0);
    for (size_t k = 0; k < 4; ++k) lanes[k] = Fold(lanes[k], factors, Load(bytes + 16 * k));
  }
  alignas(16) char rest[kStep];
  for (size_t k = 0; k < 4; ++k) _mm_store_si128(reinterpret_cast<__m128i*>(rest + 16 * k), lanes[k]);
  return Reduced(rest, kStep);
}

SMCLI_AVX512 uint32_t ExtendAvx512(uint32_t registers, const char*& bytes, size_t& size) {
  constexpr size_t kStep = 256;
  constexpr auto kLow = static_cast<int64_t>(PowerOfX(8 * kStep + 31));
  constexpr auto kHigh = static_cast<int64_t>(PowerOfX(8 * kStep - 33));
  const __m512i factors = _mm512_set4_epi64(kHigh, kLow, kHigh, kLow);
  __m512i lanes[4];
  for (size_t k = 0; k < 4; ++k) lanes[k] = _mm512_loadu_si512(bytes + 64 * k);
  lanes[0] = _mm512_xor_si512(lanes[0], _mm512_zextsi128_si512(_mm_cvtsi32_si128(static_cast<int>(registers))));
  for (bytes += kStep, size -= kStep; size >= kStep; bytes += kStep, size -= kStep) {
    for (size_t k = 0; k < 4; ++k) {
      _mm_prefetch(bytes + 64 * k + kAhead, _MM_HINT_T0);
      lanes[k] = Fold(lanes[k], factors, _mm512_loadu_si512(bytes + 64 * k));
    }
  }
  alignas(64) char rest[kStep];
  for (size_t k = 0; k < 4; ++k) _mm512_store_si512(rest + 64 * k, lanes[k]);
  return Reduced(rest, kStep);
}

}  // namespace smcli::crc32

#endif
