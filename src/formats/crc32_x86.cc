#include "formats/crc32_x86.h"

#if defined(__x86_64__)

#include <immintrin.h>
#include <zlib.h>

#include "base/crc_fold_x86.h"

#define SMCLI_PCLMUL __attribute__((target("sse4.1,pclmul")))

namespace smcli::crc32 {
namespace {

constexpr uint32_t kPolynomial = 0xedb88320u;

constexpr uint64_t PowerOfX(uint64_t n) { return crc32c::PowerOfX<kPolynomial>(n); }

// What is left in the registers of a fold stands for all that went before.
uint32_t Reduced(const char* rest, size_t size) {
  return ~static_cast<uint32_t>(crc32_z(~uint32_t{0}, reinterpret_cast<const Bytef*>(rest), size));
}

// As the fold of AVX-512, for one register.
SMCLI_PCLMUL __m128i Fold(__m128i lane, __m128i factors, __m128i data) {
  const __m128i low = _mm_clmulepi64_si128(lane, factors, 0x00);
  const __m128i high = _mm_clmulepi64_si128(lane, factors, 0x11);
  return _mm_xor_si128(_mm_xor_si128(low, high), data);
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
    _mm_prefetch(bytes + kFoldAhead, _MM_HINT_T0);
    for (size_t k = 0; k < 4; ++k) lanes[k] = Fold(lanes[k], factors, Load(bytes + 16 * k));
  }
  alignas(16) char rest[kStep];
  for (size_t k = 0; k < 4; ++k) _mm_store_si128(reinterpret_cast<__m128i*>(rest + 16 * k), lanes[k]);
  return Reduced(rest, kStep);
}

SMCLI_FOLD_AVX512 uint32_t ExtendAvx512(uint32_t registers, const char*& bytes, size_t& size) {
  alignas(64) char rest[kFoldStep];
  FoldAvx512<kPolynomial>(registers, bytes, size, rest);
  return Reduced(rest, kFoldStep);
}

}  // namespace smcli::crc32

#endif
