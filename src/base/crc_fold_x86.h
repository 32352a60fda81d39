// Folding, the step that CRC-32 and CRC-32C share on CPUs with AVX-512: sixteen registers of 128 bits walk through the
// data, each a polynomial that stands for all that it has passed (Gopal et al., "Fast CRC computation for generic
// polynomials using PCLMULQDQ", 2009).
#pragma once

#if defined(__x86_64__)

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "base/crc32c_polynomial.h"

#define SMCLI_FOLD_AVX512 __attribute__((target("avx512f,avx512vl,pclmul,vpclmulqdq")))

namespace smcli {

// How far ahead memory is asked for: mapped files come from main memory, and the hardware stops at page borders.
inline constexpr size_t kFoldAhead = 1024;
// Bytes in one step of FoldAvx512.
inline constexpr size_t kFoldStep = 256;

// A polynomial of 128 bits times x^distance, reduced to 128 bits again, plus what stands there in the data. `factors`:
// for the low half, which holds the higher powers, x^(distance + 64), for the high half x^distance, each divided by the
// x^33 that reflection adds.
SMCLI_FOLD_AVX512 inline __m512i Fold(__m512i lanes, __m512i factors, __m512i data) {
  const __m512i low = _mm512_clmulepi64_epi128(lanes, factors, 0x00);
  const __m512i high = _mm512_clmulepi64_epi128(lanes, factors, 0x11);
  return _mm512_ternarylogic_epi64(low, high, data, 0x96);  // the exclusive or of all three
}

// Takes whole steps off the data, of which there is at least one. The checksum of the kFoldStep bytes at `rest`
// (aligned to 64), begun with nothing in the register, is that of `registers` and all that was taken. With kCompares:
// are the bytes taken those at `others`? Both come from memory in one pass.
template <uint32_t polynomial, bool kCompares = false>
SMCLI_FOLD_AVX512 inline bool FoldAvx512(uint32_t registers, const char*& bytes, size_t& size, char* rest,
                                         const char* others = nullptr) {
  constexpr int64_t kLow = crc32c::PowerOfX<polynomial>(8 * kFoldStep + 31);
  constexpr int64_t kHigh = crc32c::PowerOfX<polynomial>(8 * kFoldStep - 33);
  const __m512i factors = _mm512_set4_epi64(kHigh, kLow, kHigh, kLow);
  __m512i lanes[4], differing[4] = {};
  for (size_t k = 0; k < 4; ++k) {
    lanes[k] = _mm512_loadu_si512(bytes + 64 * k);
    if constexpr (kCompares) differing[k] = _mm512_xor_si512(lanes[k], _mm512_loadu_si512(others + 64 * k));
  }
  lanes[0] = _mm512_xor_si512(lanes[0], _mm512_zextsi128_si512(_mm_cvtsi32_si128(static_cast<int>(registers))));
  for (bytes += kFoldStep, size -= kFoldStep; size >= kFoldStep; bytes += kFoldStep, size -= kFoldStep) {
    if constexpr (kCompares) others += kFoldStep;
    for (size_t k = 0; k < 4; ++k) {
      _mm_prefetch(bytes + 64 * k + kFoldAhead, _MM_HINT_T0);
      const __m512i data = _mm512_loadu_si512(bytes + 64 * k);
      if constexpr (kCompares) {
        _mm_prefetch(others + 64 * k + kFoldAhead, _MM_HINT_T0);
        const __m512i other = _mm512_loadu_si512(others + 64 * k);
        differing[k] = _mm512_ternarylogic_epi64(differing[k], data, other, 0xf6);  // differing | (data ^ other)
      }
      lanes[k] = Fold(lanes[k], factors, data);
    }
  }
  for (size_t k = 0; k < 4; ++k) _mm512_store_si512(rest + 64 * k, lanes[k]);
  if constexpr (!kCompares) return true;
  const __m512i any =
      _mm512_or_si512(_mm512_or_si512(differing[0], differing[1]), _mm512_or_si512(differing[2], differing[3]));
  return _mm512_test_epi64_mask(any, any) == 0;
}

}  // namespace smcli

#endif
