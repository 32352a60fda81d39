// The loops that `diff` compares weights with, against the same arithmetic element by element.
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "loops/loops.h"
#include "support/catch.h"
#include "tensor/float16.h"

namespace smcli {
namespace {

template <typename T>
ChangeTotals Reference(const std::vector<T>& before, const std::vector<T>& after, T atol, T rtol) {
  ChangeTotals totals;
  for (size_t i = 0; i < before.size(); ++i) {
    const T a = before[i], b = after[i], apart = std::abs(b - a);
    if (std::memcmp(&a, &b, sizeof(T)) != 0) {
      ++totals.changed;
      if (!(apart <= atol || apart <= rtol * std::abs(a))) ++totals.failed;
    }
    totals.nan_appeared += std::isnan(b) && !std::isnan(a);
    totals.nan_gone += std::isnan(a) && !std::isnan(b);
    totals.inf_appeared += std::isinf(b) && !std::isinf(a);
    if (!std::isfinite(apart)) continue;
    totals.max_abs = std::max(totals.max_abs, static_cast<double>(apart));
    totals.sum_abs += static_cast<double>(apart);
  }
  return totals;
}

void CheckSame(const ChangeTotals& got, const ChangeTotals& want) {
  CHECK(got.changed == want.changed);
  CHECK(got.failed == want.failed);
  CHECK(got.nan_appeared == want.nan_appeared);
  CHECK(got.nan_gone == want.nan_gone);
  CHECK(got.inf_appeared == want.inf_appeared);
  CHECK(got.max_abs == want.max_abs);
  CHECK(got.sum_abs == Approx(want.sum_abs).epsilon(1e-4));
}

// Numbers of many sizes, with zeros of both signs, NaNs and infinities among them, equal in both at every third place.
template <typename T>
void Fill(size_t n, std::vector<T>& before, std::vector<T>& after) {
  const T special[] = {T(0),
                       T(-0.0),
                       std::numeric_limits<T>::quiet_NaN(),
                       std::numeric_limits<T>::infinity(),
                       -std::numeric_limits<T>::infinity(),
                       std::numeric_limits<T>::max()};
  uint32_t state = 7;
  const auto next = [&] { return state = state * 1664525u + 1013904223u; };
  const auto number = [&] {
    const uint32_t kind = next() >> 16;
    if (kind % 8 == 0) return special[kind / 8 % 6];
    return std::ldexp(static_cast<T>(static_cast<int32_t>(next())), static_cast<int>(kind / 8 % 20) - 40);
  };
  for (size_t i = 0; i < n; ++i) {
    before.push_back(number());
    after.push_back(i % 3 == 0 ? before.back() : number());
  }
}

TEST_CASE("changes of floats and doubles are counted alike on every CPU level") {
  for (const size_t n : {0, 1, 7, 31, 4096, 100003}) {
    std::vector<float> before, after;
    std::vector<double> before64, after64;
    Fill(n, before, after);
    Fill(n, before64, after64);
    for (int isa = 0; isa < AllIsas().count; ++isa) {
      const ChangeLoops& loops = *AllIsas().tables[isa]->change;
      ChangeTotals got, got64;
      loops.f32(before.data(), after.data(), static_cast<int64_t>(n), 0.25, 0.5, &got);
      loops.f64(before64.data(), after64.data(), static_cast<int64_t>(n), 0.25, 0.5, &got64);
      CheckSame(got, Reference(before, after, 0.25f, 0.5f));
      CheckSame(got64, Reference(before64, after64, 0.25, 0.5));
    }
  }
}

TEST_CASE("changes of half and bfloat16 are those of the floats they are") {
  const std::vector<uint16_t> before = {0x3c00, 0x3c00, 0x0000, 0x7c00, 0x7e00};
  const std::vector<uint16_t> after = {0x3c00, 0x3c01, 0x8000, 0x7e00, 0x7e00};
  for (int isa = 0; isa < AllIsas().count; ++isa) {
    ChangeTotals half, bfloat16;
    AllIsas().tables[isa]->change->half(before.data(), after.data(), 5, 0, 0, &half);
    CHECK(half.changed == 3);
    CHECK(half.nan_appeared == 1);
    CHECK(half.max_abs == 0x1p-10);
    AllIsas().tables[isa]->change->bfloat16(before.data(), after.data(), 5, 0, 0, &bfloat16);
    CHECK(bfloat16.changed == 3);
    CHECK(bfloat16.nan_appeared == 0);
  }
}

}  // namespace
}  // namespace smcli
