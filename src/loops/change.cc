// How two arrays of floating-point numbers differ: the inner loop of `diff` over weights, which has to keep up with
// memory.
#include <cstring>

#include "loops/tables.h"
#include "loops/vec.h"

SMCLI_LOOPS_BEGIN
namespace {

// So many registers are added up before their sums go into wider numbers.
constexpr int64_t kRegisters = 256;
// Memory is asked for so many bytes ahead: the hardware stops at the borders of pages.
constexpr int64_t kAhead = 2048;

template <typename T>
using BitsOf = typename Vec<T>::Bits;

// What the lanes of a register hold while a block of numbers is compared. Counts are negative: a true lane is -1.
template <typename T>
struct Lanes {
  Vec<T> max = Vec<T>(T(0));
  Vec<T> sum = Vec<T>(T(0));
  BitsOf<T> changed{}, failed{};

  void Flush(ChangeTotals* totals) const {
    T lanes[Vec<T>::kLanes];
    max.Store(lanes);
    T largest = 0;
    for (const T lane : lanes) largest = lane > largest ? lane : largest;
    totals->max_abs = largest > totals->max_abs ? static_cast<double>(largest) : totals->max_abs;
    totals->changed -= Total(changed);
    totals->failed -= Total(failed);
  }

  double Sum() const {
    T lanes[Vec<T>::kLanes];
    sum.Store(lanes);
    double total = 0;
    for (const T lane : lanes) total += static_cast<double>(lane);
    return total;
  }

  static BitsOf<T> Differs(Vec<T> before, Vec<T> after) {
    BitsOf<T> before_bits, after_bits;
    memcpy(&before_bits, &before, sizeof before_bits);
    memcpy(&after_bits, &after, sizeof after_bits);
    return before_bits != after_bits;
  }

  static int64_t Total(BitsOf<T> counts) {
    int64_t total = 0;
    for (int i = 0; i < Vec<T>::kLanes; ++i) total += counts[i];
    return total;
  }
};

// For what nearly every block is: finite numbers. Nothing has to be told about NaNs and infinities then; where there is
// one, the sum is no number either.
template <typename T, bool kTolerant>
struct FiniteLanes : Lanes<T> {
  void Add(Vec<T> before, Vec<T> after, Vec<T> atol, Vec<T> rtol) {
    const Vec<T> apart = Abs(after - before);
    this->max = Select<T>(apart > this->max, apart, this->max);
    this->sum = this->sum + apart;
    this->changed += Lanes<T>::Differs(before, after);
    if constexpr (kTolerant) {
      this->failed += (apart > atol) & (apart > rtol * Abs(before));
    } else {
      this->failed += apart > Vec<T>(T(0));
    }
  }
};

// For any.
template <typename T>
struct AllLanes : Lanes<T> {
  using Bits = BitsOf<T>;

  Bits nan_appeared{}, nan_gone{}, inf_appeared{};

  void Add(Vec<T> before, Vec<T> after, Vec<T> atol, Vec<T> rtol) {
    const Vec<T> largest(std::numeric_limits<T>::max());
    const Vec<T> apart = Abs(after - before);
    const Vec<T> counted = Select<T>(apart <= largest, apart, Vec<T>(T(0)));
    this->max = Select<T>(counted > this->max, counted, this->max);
    this->sum = this->sum + counted;
    const Bits differs = Lanes<T>::Differs(before, after);
    const Bits passes = (apart <= atol) | (apart <= rtol * Abs(before));
    const Bits was_nan = IsNan(before), is_nan = IsNan(after);
    this->changed += differs;
    this->failed += differs & ~passes;
    nan_appeared += is_nan & ~was_nan;
    nan_gone += was_nan & ~is_nan;
    inf_appeared += (Abs(after) > largest) & ~(Abs(before) > largest);
  }

  void Flush(ChangeTotals* totals) const {
    Lanes<T>::Flush(totals);
    totals->nan_appeared -= Lanes<T>::Total(nan_appeared);
    totals->nan_gone -= Lanes<T>::Total(nan_gone);
    totals->inf_appeared -= Lanes<T>::Total(inf_appeared);
  }
};

// The rare sum that leaves the range of T.
template <typename T>
double WideSum(const T* before, const T* after, int64_t n) {
  double total = 0;
  for (int64_t i = 0; i < n; ++i) {
    const T apart = after[i] < before[i] ? before[i] - after[i] : after[i] - before[i];
    if (apart <= std::numeric_limits<T>::max()) total += static_cast<double>(apart);
  }
  return total;
}

// Two runs of numbers, at most kRegisters registers long.
template <typename T>
struct Block {
  const T* before;
  const T* after;
  int64_t n;
  Vec<T> atol, rtol;

  template <typename SomeLanes>
  SomeLanes Compare() const {
    SomeLanes lanes;
    int64_t i = 0;
    for (; i + Vec<T>::kLanes <= n; i += Vec<T>::kLanes) {
      __builtin_prefetch(reinterpret_cast<const char*>(before + i) + kAhead);
      __builtin_prefetch(reinterpret_cast<const char*>(after + i) + kAhead);
      lanes.Add(Vec<T>::Load(before + i), Vec<T>::Load(after + i), atol, rtol);
    }
    if (i < n) lanes.Add(Tail<T>::Load(before + i, n - i), Tail<T>::Load(after + i, n - i), atol, rtol);
    return lanes;
  }

  template <bool kTolerant>
  void Add(ChangeTotals* totals) const {
    const auto finite = Compare<FiniteLanes<T, kTolerant>>();
    const double sum = finite.Sum();
    if (sum <= std::numeric_limits<double>::max()) {
      finite.Flush(totals);
      totals->sum_abs += sum;
    } else {
      AddAll(totals);
    }
  }

  void AddAll(ChangeTotals* totals) const {
    const auto lanes = Compare<AllLanes<T>>();
    lanes.Flush(totals);
    const double sum = lanes.Sum();
    totals->sum_abs += sum <= std::numeric_limits<double>::max() ? sum : WideSum(before, after, n);
  }
};

template <typename T>
void Change(const T* before, const T* after, int64_t n, double atol, double rtol, ChangeTotals* totals) {
  constexpr int64_t kNumbers = kRegisters * Vec<T>::kLanes;
  const bool tolerant = atol > 0 || rtol > 0;
  for (int64_t i = 0; i < n; i += kNumbers) {
    const Block<T> block = {before + i, after + i, n - i < kNumbers ? n - i : kNumbers, Vec<T>(static_cast<T>(atol)),
                            Vec<T>(static_cast<T>(rtol))};
    tolerant ? block.template Add<true>(totals) : block.template Add<false>(totals);
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
