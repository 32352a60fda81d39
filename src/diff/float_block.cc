#include "diff/float_block.h"

#include <cmath>
#include <string_view>

#include "base/crc32c_polynomial.h"
#include "base/crc32c_x86.h"
#include "base/crc_fold_x86.h"

namespace smcli {

#if defined(__x86_64__)
namespace {

#define SMCLI_BLOCK_AVX512 __attribute__((target("sse4.2,avx512f,avx512vl,pclmul,vpclmulqdq")))

// As many registers as the loops of src/loops add up before the sum goes into a double.
constexpr size_t kLargest = 256 * sizeof(__m512);

bool IsUsable() {
  static const bool usable = crc32c::HasAvx512() && std::string_view(CurrentLoops().isa) == "x86_64_v4";
  return usable;
}

// One side: the checksum's folding registers.
struct Side {
  const char* bytes;
  __m512i lanes[4];
  __m512i carry;  // the checksum so far, for the first step

  SMCLI_BLOCK_AVX512 Side(const char* start, uint32_t crc)
      : bytes(start), lanes{}, carry(_mm512_zextsi128_si512(_mm_cvtsi32_si128(static_cast<int>(~crc)))) {}

  SMCLI_BLOCK_AVX512 __m512i Next(size_t k, __m512i factors) {
    const __m512i data = _mm512_loadu_si512(bytes + 64 * k);
    _mm_prefetch(bytes + 64 * k + 2 * kFoldAhead, _MM_HINT_T0);
    lanes[k] = Fold(lanes[k], factors, k == 0 ? _mm512_xor_si512(data, carry) : data);
    return data;
  }
  SMCLI_BLOCK_AVX512 void Advance() {
    carry = __m512i{};
    bytes += kFoldStep;
  }
  SMCLI_BLOCK_AVX512 uint32_t Crc() const {
    alignas(64) char rest[kFoldStep];
    for (size_t k = 0; k < 4; ++k) _mm512_store_si512(rest + 64 * k, lanes[k]);
    return ~crc32c::ExtendSse42(0, rest, kFoldStep);
  }
};

SMCLI_BLOCK_AVX512 bool Compare(Side& before, Side& after, size_t size, ChangeTotals& totals) {
  constexpr int64_t kLow = crc32c::PowerOfX(8 * kFoldStep + 31), kHigh = crc32c::PowerOfX(8 * kFoldStep - 33);
  const __m512i factors = _mm512_set4_epi64(kHigh, kLow, kHigh, kLow), one = _mm512_set1_epi32(1);
  const __m512 zero = _mm512_setzero_ps();
  __m512 max = zero, sum = zero;
  __m512i changed{}, failed{};
  for (size_t at = 0; at < size; at += kFoldStep) {
    for (size_t k = 0; k < 4; ++k) {
      const __m512i a = before.Next(k, factors), b = after.Next(k, factors);
      const __m512 apart = _mm512_abs_ps(_mm512_sub_ps(_mm512_castsi512_ps(b), _mm512_castsi512_ps(a)));
      max = _mm512_max_ps(apart, max);
      sum = _mm512_add_ps(sum, apart);
      changed = _mm512_mask_add_epi32(changed, _mm512_cmpneq_epi32_mask(a, b), changed, one);
      failed = _mm512_mask_add_epi32(failed, _mm512_cmp_ps_mask(apart, zero, _CMP_GT_OQ), failed, one);
    }
    before.Advance();
    after.Advance();
  }
  alignas(64) float sums[16];
  _mm512_store_ps(sums, sum);
  double total = 0;
  for (const float lane : sums) total += static_cast<double>(lane);
  if (!std::isfinite(total)) return false;
  totals.sum_abs += total;
  totals.max_abs = std::fmax(totals.max_abs, static_cast<double>(_mm512_reduce_max_ps(max)));
  totals.changed += _mm512_reduce_add_epi32(changed);
  totals.failed += _mm512_reduce_add_epi32(failed);
  return true;
}

SMCLI_BLOCK_AVX512 bool CompareBlock(const char* before, const char* after, size_t size, uint32_t& crc_before,
                                     uint32_t& crc_after, ChangeTotals& totals) {
  Side old_side(before, crc_before), new_side(after, crc_after);
  if (!Compare(old_side, new_side, size, totals)) return false;
  crc_before = old_side.Crc();
  crc_after = new_side.Crc();
  return true;
}

}  // namespace

bool CompareFloatBlock(const char* before, const char* after, size_t size, uint32_t& crc_before, uint32_t& crc_after,
                       ChangeTotals& totals) {
  if (size == 0 || size % kFoldStep != 0 || size > kLargest || !IsUsable()) return false;
  return CompareBlock(before, after, size, crc_before, crc_after, totals);
}

#else

bool CompareFloatBlock(const char*, const char*, size_t, uint32_t&, uint32_t&, ChangeTotals&) { return false; }

#endif

}  // namespace smcli
