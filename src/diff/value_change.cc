#include "diff/value_change.h"

#include <cmath>
#include <cstring>

#include "tensor/compare.h"

namespace smcli {
namespace {

constexpr DataTypeSet kComparable = kRealNumbers | kComplexes | kQuantized;

// Integers and complex numbers, which are seldom large enough for a loop of their own.
template <typename T>
void AddElement(T before, T after, const ValueTolerances& tolerances, ChangeTotals& totals) {
  double apart, size;
  if constexpr (std::is_integral_v<T>) {
    const double a = static_cast<double>(before), b = static_cast<double>(after);
    apart = std::abs(b - a);
    size = std::abs(a);
  } else {
    apart = static_cast<double>(std::abs(after - before));
    size = static_cast<double>(std::abs(before));
    const bool was_nan = std::isnan(size), is_nan = std::isnan(std::abs(after));
    totals.nan_appeared += is_nan && !was_nan;
    totals.nan_gone += was_nan && !is_nan;
    totals.inf_appeared += std::isinf(std::abs(after)) && !std::isinf(size);
  }
  ++totals.changed;
  totals.failed += !(apart <= tolerances.atol || apart <= tolerances.rtol * size);
  if (!std::isfinite(apart)) return;
  totals.max_abs = std::max(totals.max_abs, apart);
  totals.sum_abs += apart;
}

template <typename T>
void AddElements(const void* before, const void* after, int64_t n, const ValueTolerances& tolerances,
                 ChangeTotals& totals) {
  const T* a = static_cast<const T*>(before);
  const T* b = static_cast<const T*>(after);
  for (int64_t i = 0; i < n; ++i) {
    if (std::memcmp(a + i, b + i, sizeof(T)) != 0) AddElement(a[i], b[i], tolerances, totals);
  }
}

// Elements that are compared as bits alone: bools, eight-bit floats, packed types.
void AddBits(int size, const void* before, const void* after, int64_t n, ChangeTotals& totals) {
  const auto* a = static_cast<const char*>(before);
  const auto* b = static_cast<const char*>(after);
  for (int64_t i = 0; i < n; ++i)
    totals.changed += std::memcmp(a + i * size, b + i * size, static_cast<size_t>(size)) != 0;
  totals.failed = totals.changed;
}

ValueChange ChangeOfStrings(const Tensor& before, const Tensor& after) {
  ValueChange change;
  change.elements = before.num_elements();
  change.has_numbers = false;
  for (int64_t i = 0; i < change.elements; ++i) {
    change.changed += before.data<std::string>()[i] != after.data<std::string>()[i];
  }
  change.failed = change.changed;
  return change;
}

}  // namespace

bool HasNumbers(DataType dtype) { return kComparable.Contains(dtype); }

ChangeTotals ChangeOfElements(DataType dtype, const void* before, const void* after, int64_t n,
                              const ValueTolerances& tolerances) {
  ChangeTotals totals;
  const ChangeLoops& loops = *CurrentLoops().change;
  const auto run = [&](ChangeLoop loop) { loop(before, after, n, tolerances.atol, tolerances.rtol, &totals); };
  switch (dtype) {
    case DataType::kFloat: run(loops.f32); break;
    case DataType::kDouble: run(loops.f64); break;
    case DataType::kHalf: run(loops.half); break;
    case DataType::kBfloat16: run(loops.bfloat16); break;
    default: {
      const auto add = [&](auto tag) {
        AddElements<typename decltype(tag)::type>(before, after, n, tolerances, totals);
      };
      const bool numbers = HasNumbers(dtype) && (DispatchInts(dtype, add) || DispatchComplexes(dtype, add));
      if (!numbers) AddBits(SizeOf(dtype), before, after, n, totals);
    }
  }
  return totals;
}

ValueChange ChangeOfTensors(const Tensor& before, const Tensor& after, const ValueTolerances& tolerances) {
  if (before.dtype() == DataType::kString && after.dtype() == DataType::kString) return ChangeOfStrings(before, after);
  const Comparison comparison =
      Compare(after.Reshaped(before.shape()), before, {.atol = tolerances.atol, .rtol = tolerances.rtol});
  ValueChange change;
  change.elements = before.num_elements();
  change.has_numbers = comparison.mismatch.empty();
  change.changed = change.failed = change.has_numbers ? comparison.failed : change.elements;
  if (tolerances.atol > 0 || tolerances.rtol > 0) {
    change.changed = Compare(after.Reshaped(before.shape()), before, {.atol = 0, .rtol = 0}).failed;
  }
  change.max_abs = comparison.max_abs;
  change.mean_abs = comparison.mean_abs;
  return change;
}

}  // namespace smcli
