#include "tensor/compare.h"

#include <limits>

#include "support/catch.h"

namespace smcli {
namespace {

Tensor Floats(std::vector<float> values) { return Tensor::Vector<float>(values); }

TEST_CASE("an element fails only when it is outside both tolerances") {
  const Tensor want = Floats({1, 1000, 0});
  const Tensor got = Floats({1.5f, 1001, 0.25f});
  CHECK(Compare(got, want, {.atol = 0.3, .rtol = 0.01}).failed == 1);
  CHECK(Compare(got, want, {.atol = 0.3, .rtol = 0.01}).first_failed == 0);
  CHECK(Compare(got, want, {.atol = 0.5, .rtol = 0.01}).passed());
  const Comparison strict = Compare(got, want, {.atol = 0, .rtol = 0});
  CHECK(strict.failed == 3);
  CHECK(strict.max_abs == 1);
  CHECK(strict.max_abs_at == 1);
  CHECK(strict.mean_abs == Approx(1.75 / 3));
}

TEST_CASE("the reported maxima are the smallest tolerances that pass") {
  const Tensor want = Floats({1, 2, 4}), got = Floats({1.125f, 1.5f, 4});
  const Comparison measured = Compare(got, want, {.atol = 0, .rtol = 0});
  CHECK(Compare(got, want, {.atol = measured.max_abs, .rtol = 0}).passed());
  CHECK(Compare(got, want, {.atol = 0, .rtol = measured.max_rel}).passed());
  CHECK_FALSE(Compare(got, want, {.atol = measured.max_abs * 0.99, .rtol = 0}).passed());
}

TEST_CASE("NaN equals NaN, and nothing makes it equal to a number") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  constexpr float kInf = std::numeric_limits<float>::infinity();
  CHECK(Compare(Floats({nan, kInf}), Floats({nan, kInf}), {}).passed());
  const Comparison other = Compare(Floats({nan, -kInf}), Floats({1, kInf}), {.atol = 1e30, .rtol = 1e30});
  CHECK(other.failed == 2);
  CHECK(other.incomparable == 2);
}

TEST_CASE("64-bit integers are told apart beyond the precision of a double") {
  const int64_t big = int64_t{1} << 60;
  const auto got = Tensor::Vector<int64_t>(std::vector<int64_t>{big + 1, std::numeric_limits<int64_t>::min()});
  const auto want = Tensor::Vector<int64_t>(std::vector<int64_t>{big, std::numeric_limits<int64_t>::max()});
  const Comparison comparison = Compare(got, want, {.atol = 0, .rtol = 0});
  CHECK(comparison.failed == 2);
  CHECK(comparison.max_abs == Approx(1.8446744073709552e19));
}

TEST_CASE("dtypes of numbers may differ, shapes and kinds may not") {
  const auto ints = Tensor::Vector<int32_t>(std::vector<int32_t>{1, 2});
  CHECK(Compare(Floats({1, 2}), ints, {}).passed());
  CHECK(Compare(Floats({1, 2, 3}), ints, {}).mismatch == "shape [3], not [2]");
  CHECK(Compare(Tensor::Strings({2}, {"a", "b"}), ints, {}).mismatch == "dtype string, not int32");
  CHECK(Compare(Tensor::Strings({2}, {"a", "b"}), Tensor::Strings({2}, {"a", "c"}), {}).first_failed == 1);
}

TEST_CASE("top-k agreement counts entries that both put among their largest") {
  const Tensor a = Tensor::Of<float>({2, 4}, std::vector<float>{1, 5, 2, 3, 4, 3, 2, 1});
  const Tensor b = Tensor::Of<float>({2, 4}, std::vector<float>{1, 5, 4, 3, 1, 3, 2, 1});
  CHECK(TopAgreement(a, b, 1) == 0.5);
  CHECK(TopAgreement(a, b, 2) == 0.5);
  CHECK(TopAgreement(a, b, 4) == -1);
}

TEST_CASE("a flat index is shown by dimension") {
  CHECK(IndexText({2, 3}, 5) == "[1,2]");
  CHECK(IndexText(Shape{}, 0) == "[]");
}

}  // namespace
}  // namespace smcli
