#include "diff/value_change.h"

#include <cmath>
#include <limits>

#include "support/catch.h"
#include "support/tensors.h"

namespace smcli {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

ChangeTotals ChangeOf(const std::vector<float>& before, const std::vector<float>& after,
                      const ValueTolerances& tolerances = {}) {
  return ChangeOfElements(DataType::kFloat, before.data(), after.data(), static_cast<int64_t>(before.size()),
                          tolerances);
}

TEST_CASE("the largest change and their sum, and how many elements changed") {
  const ChangeTotals change = ChangeOf({1, 2, 3, 4}, {1, 2.5F, 3, 2});
  CHECK(change.changed == 2);
  CHECK(change.max_abs == 2);
  CHECK(change.sum_abs == Approx(2.5));
}

TEST_CASE("zeros of two signs differ in bits, not in value") {
  const ChangeTotals change = ChangeOf({0.0F}, {-0.0F});
  CHECK(change.changed == 1);
  CHECK(change.max_abs == 0);
}

TEST_CASE("NaNs that appear or go are counted apart from distances") {
  const ChangeTotals change = ChangeOf({1, kNan, kNan}, {kNan, 1, kNan});
  CHECK(change.nan_appeared == 1);
  CHECK(change.nan_gone == 1);
  CHECK(change.changed == 2);
  CHECK(change.max_abs == 0);
}

TEST_CASE("tolerances forgive small changes, never NaNs") {
  CHECK(ChangeOf({1, 2}, {1.001F, 2}, {.atol = 0.01, .rtol = 0}).failed == 0);
  CHECK(ChangeOf({1, 2}, {1.001F, 2}).failed == 1);
  CHECK(ChangeOf({1}, {kNan}, {.atol = 1e9, .rtol = 1e9}).failed == 1);
}

TEST_CASE("strings have no distance") {
  const ValueChange change =
      ChangeOfTensors(Tensor::Strings(Shape({2}), {"a", "b"}), Tensor::Strings(Shape({2}), {"a", "c"}), {});
  CHECK(change.changed == 1);
  CHECK_FALSE(change.has_numbers);
}

TEST_CASE("two dtypes are compared by value") {
  const ValueChange change = ChangeOfTensors(MakeTensor<float>({2}, {1, 2.5F}), MakeTensor<double>({2}, {1, 2.25}), {});
  CHECK(change.changed == 1);
  CHECK(change.max_abs == 0.25);
}

}  // namespace
}  // namespace smcli
