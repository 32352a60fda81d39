// How two arrays of floating-point numbers differ: the inner loop of `diff` over weights, which has to keep up with
// memory.
#include <cstring>

#include "loops/tables.h"
#include "loops/vec.h"

SMCLI_LOOPS_BEGIN
namespace {

// So many registers are added up before their sums go into wider numbers.
constexpr int64_t kRegisters = 256;

template <typename T>
using BitsOf = typename Vec<T>::Bits;

// The lanes of one register's worth of comparisons.
template <typename T>
struct ChangeLanes {
  using Bits = BitsOf<T>;

  Vec<T> max = Vec<T>(T(0));
  Vec<T> sum = Vec<T>(T(0));
  Bits changed{}, failed{}, nan_appeared{}, nan_gone{}, inf_appeared{};  // counts, negative: a true lane is -1

  void Add(Vec<T> before, Vec<T> after, Vec<T> atol, Vec<T> rtol) {
    const Vec<T> largest(std::numeric_limits<T>::max());
    const Vec<T> apart = Abs(after - before);
    const Bits finite = apart <= largest;
    const Vec<T> counted = Select<T>(finite, apart, Vec<T>(T(0)));
    max = Select<T>(counted > max, counted, max);
    sum = sum + counted;
    Bits before_bits, after_bits;
    memcpy(&before_bits, &before, sizeof(Bits));
    memcpy(&after_bits, &after, sizeof(Bits));
    const Bits differs = before_bits != after_bits;
    const Bits passes = (apart <= atol) | (apart <= rtol * Abs(before));
    const Bits was_nan = IsNan(before), is_nan = IsNan(after);
    changed += differs;
    failed += differs & ~passes;
    nan_appeared += is_nan & ~was_nan;
    nan_gone += was_nan & ~is_nan;
    inf_appeared += (Abs(after) > largest) & ~(Abs(before) > largest);
  }

  void Flush(ChangeTotals* totals) const {
    T lanes[Vec<T>::kLanes];
    max.Store(lanes);
    for (const T lane : lanes) totals->max_abs = lane > totals->max_abs ? static_cast<double>(lane) : totals->max_abs;
    for (int i = 0; i < Vec<T>::kLanes; ++i) {
      totals->changed -= changed[i];
      totals->failed -= failed[i];
      totals->nan_appeared -= nan_appeared[i];
      totals->nan_gone -= nan_gone[i];
      totals->inf_appeared -= inf_appeared[i];
    }
  }

  double Sum() const {
    T lanes[Vec<T>::kLanes];
    sum.Store(lanes);
    double total = 0;
    for (const T lane : lanes) total += static_cast<double>(lane);
    return total;
  }
};

// For the rare block whose sum leaves the range of T.
template <typename T>
double WideSum(const T* before, const T* after, int64_t n) {
  double total = 0;
  for (int64_t i = 0; i < n; ++i) {
    const T apart = after[i] < before[i] ? before[i] - after[i] : after[i] - before[i];
    if (apart <= std::numeric_limits<T>::max()) total += static_cast<double>(apart);
  }
  return total;
}

template <typename T>
void Change(const T* before, const T* after, int64_t n, double atol, double rtol, ChangeTotals* totals) {
  constexpr int64_t kLanes = Vec<T>::kLanes;
  const Vec<T> atols(static_cast<T>(atol)), rtols(static_cast<T>(rtol));
  int64_t i = 0;
  while (i < n) {
    ChangeLanes<T> lanes;
    const int64_t begin = i;
    const int64_t end = n - i < kRegisters * kLanes ? n : i + kRegisters * kLanes;
    for (; i + kLanes <= end; i += kLanes) lanes.Add(Vec<T>::Load(before + i), Vec<T>::Load(after + i), atols, rtols);
    if (i < end) {
      lanes.Add(Tail<T>::Load(before + i, end - i), Tail<T>::Load(after + i, end - i), atols, rtols);
      i = end;
    }
    lanes.Flush(totals);
    const double sum = lanes.Sum();
    totals->sum_abs +=
        sum <= std::numeric_limits<double>::max() ? sum : WideSum(before + begin, after + begin, i - begin);
  }
}

template <typename T>
void ChangeOf(const void* before, const void* after, int64_t n, double atol, double rtol, ChangeTotals* totals) {
  Change(static_cast<const T*>(before), static_cast<const T*>(after), n, atol, rtol, totals);
}

// Sixteen bits are compared as floats, but for the count of changed elements: a conversion may alter NaNs.
template <bool kIsHalf>
void ChangeOf16(const void* before, const void* after, int64_t n, double atol, double rtol, ChangeTotals* totals) {
  constexpr int64_t kBlock = 1024;
  const auto convert = kIsHalf ? kFloat16.half_to_float : kFloat16.bfloat16_to_float;
  const auto* a = static_cast<const uint16_t*>(before);
  const auto* b = static_cast<const uint16_t*>(after);
  float wide_a[kBlock], wide_b[kBlock];
  int64_t changed = totals->changed;
  for (int64_t i = 0; i < n; i += kBlock) {
    const int64_t count = n - i < kBlock ? n - i : kBlock;
    int32_t differ = 0;
    for (int64_t k = i; k < i + count; ++k) differ += a[k] != b[k];
    changed += differ;
    if (differ == 0) continue;
    convert(a + i, wide_a, count);
    convert(b + i, wide_b, count);
    Change(wide_a, wide_b, count, atol, rtol, totals);
  }
  totals->changed = changed;
}

}  // namespace

constinit const ChangeLoops kChange = {
    .f32 = ChangeOf<float>, .f64 = ChangeOf<double>, .half = ChangeOf16<true>, .bfloat16 = ChangeOf16<false>};

SMCLI_LOOPS_END
