#include "base/crc32c_x86.h"

#if defined(__x86_64__)

#include <immintrin.h>

#include <cstring>

#include "base/crc_fold_x86.h"

#define SMCLI_SSE42 __attribute__((target("sse4.2,pclmul")))
#define SMCLI_AVX512 __attribute__((target("sse4.2,avx512f,avx512vl,pclmul,vpclmulqdq")))

namespace smcli::crc32c {
namespace {

uint64_t Load64(const char* bytes) {
  uint64_t word;
  std::memcpy(&word, bytes, sizeof(word));
  return word;
}

SMCLI_SSE42 uint32_t ExtendSerially(uint32_t crc, const char* bytes, size_t size) {
  uint64_t wide = crc;
  for (; size >= 8; bytes += 8, size -= 8) wide = _mm_crc32_u64(wide, Load64(bytes));
  crc = static_cast<uint32_t>(wide);
  for (; size > 0; ++bytes, --size) crc = _mm_crc32_u8(crc, static_cast<uint8_t>(*bytes));
  return crc;
}

// A register times x^bits. The product of two reflected 32-bit polynomials carries one x too many, and crc32 of its 64
// bits multiplies by x^32: the factor makes up for both.
template <uint64_t bits>
SMCLI_SSE42 uint32_t Shift(uint32_t crc) {
  constexpr int64_t kFactor = PowerOfX(bits - 33);
  const __m128i factor = _mm_cvtsi64_si128(kFactor);
  const __m128i product = _mm_clmulepi64_si128(_mm_cvtsi64_si128(crc), factor, 0);
  return static_cast<uint32_t>(_mm_crc32_u64(0, static_cast<uint64_t>(_mm_cvtsi128_si64(product))));
}

// Three neighbouring runs of `run` bytes at once, as often as they fit.
template <size_t run>
SMCLI_SSE42 uint32_t ExtendThreefold(uint32_t crc, const char*& bytes, size_t& size) {
  for (; size >= 3 * run; bytes += 3 * run, size -= 3 * run) {
    uint64_t a = crc, b = 0, c = 0;
    for (size_t i = 0; i < run; i += 8) {
      if (i % 64 == 0) {
        for (size_t k = 0; k < 3; ++k) _mm_prefetch(bytes + i + k * run + kFoldAhead, _MM_HINT_T0);
      }
      a = _mm_crc32_u64(a, Load64(bytes + i));
      b = _mm_crc32_u64(b, Load64(bytes + i + run));
      c = _mm_crc32_u64(c, Load64(bytes + i + 2 * run));
    }
    crc =
        Shift<16 * run>(static_cast<uint32_t>(a)) ^ Shift<8 * run>(static_cast<uint32_t>(b)) ^ static_cast<uint32_t>(c);
  }
  return crc;
}

}  // namespace

bool HasSse42() { return __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("pclmul"); }

bool HasAvx512() {
  return HasSse42() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("vpclmulqdq");
}

SMCLI_SSE42 uint32_t ExtendSse42(uint32_t crc, const char* bytes, size_t size) {
  crc = ExtendThreefold<1024>(crc, bytes, size);
  crc = ExtendThreefold<128>(crc, bytes, size);
  return ExtendSerially(crc, bytes, size);
}

// Four registers of 64 bytes walk through the data; what is left in them at the end stands for all before it, and its
// checksum is taken with the crc32 instruction.
SMCLI_AVX512 uint32_t ExtendAvx512(uint32_t crc, const char* bytes, size_t size) {
  if (size < 8 * kFoldStep) return ExtendSse42(crc, bytes, size);
  alignas(64) char rest[kFoldStep];
  FoldAvx512<kPolynomial>(crc, bytes, size, rest);
  return ExtendSse42(ExtendSse42(0, rest, kFoldStep), bytes, size);
}

SMCLI_AVX512 bool CompareAvx512(uint32_t& crc, const char* bytes, const char* others, size_t size) {
  if (size < 8 * kFoldStep) {
    crc = ExtendSse42(crc, bytes, size);
    return std::memcmp(bytes, others, size) == 0;
  }
  alignas(64) char rest[kFoldStep];
  const char* const begin = bytes;
  const bool equal = FoldAvx512<kPolynomial, true>(crc, bytes, size, rest, others);
  crc = ExtendSse42(ExtendSse42(0, rest, kFoldStep), bytes, size);
  return equal && std::memcmp(bytes, others + (bytes - begin), size) == 0;
}

}  // namespace smcli::crc32c

#endif
