#include "tensor/stats.h"

#include <cmath>
#include <limits>
#include <random>

#include "base/thread_pool.h"
#include "support/catch.h"
#include "support/tensors.h"

namespace smcli {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

TEST_CASE("statistics are over the finite elements, the others are counted") {
  const TensorStats stats = *ComputeStats(MakeTensor<float>({7}, {1, kNan, -0.0f, kInf, 3, -kInf, -4}), nullptr);
  CHECK(stats.count == 7);
  CHECK(stats.finite == 4);
  CHECK(stats.nan == 1);
  CHECK(stats.inf == 2);
  CHECK(stats.zeros == 1);
  CHECK(stats.min == -4);
  CHECK(stats.max == 3);
  CHECK(stats.mean == 0);
  CHECK(stats.std == Approx(std::sqrt(26.0 / 4)));
}

TEST_CASE("no elements, and none that are finite") {
  CHECK(ComputeStats(MakeTensor<double>({0}, {}), nullptr)->finite == 0);
  const TensorStats stats = *ComputeStats(MakeTensor<float>({3}, {kNan, kInf, kNan}), nullptr);
  CHECK(stats.finite == 0);
  CHECK(stats.nan == 2);
  CHECK(stats.inf == 1);
}

TEST_CASE("every real dtype is known, others are not") {
  CHECK(ComputeStats(MakeTensor<int64_t>({2}, {-3, 5}), nullptr)->mean == 1);
  CHECK(ComputeStats(MakeTensor<uint64_t>({1}, {UINT64_MAX}), nullptr)->max == 0x1p64);
  CHECK(ComputeStats(MakeTensor<int8_t>({2}, {-128, 127}), nullptr)->min == -128);
  CHECK(ComputeStats(Tensor::Scalar(Half(1.5f)), nullptr)->max == 1.5);
  CHECK(ComputeStats(Tensor::Scalar(BFloat16(-2.0f)), nullptr)->min == -2);
  CHECK_FALSE(ComputeStats(MakeBools({1}, {true}), nullptr).has_value());
  CHECK_FALSE(ComputeStats(MakeTensor<std::string>({1}, {"x"}), nullptr).has_value());
  CHECK_FALSE(ComputeStats(PatternTensor(DataType::kComplex64, {1}), nullptr).has_value());
}

TEST_CASE("a constant has no deviation, and a small one around a large mean is kept") {
  CHECK(ComputeStats(MakeTensor<float>({5000}, std::vector<float>(5000, 0.1f)), nullptr)->std == 0);
  std::vector<double> values;
  for (int i = 0; i < 100'000; ++i) values.push_back(1e9 + (i % 2 == 0 ? 1e-3 : -1e-3));
  const TensorStats stats = *ComputeStats(MakeTensor<double>({100'000}, values), nullptr);
  CHECK(stats.std == Approx(1e-3).epsilon(1e-4));
  CHECK(stats.mean == Approx(1e9));
}

TEST_CASE("long tensors agree with the plain sums, whatever the number of threads") {
  std::mt19937 random(3);
  std::normal_distribution<float> normal(0.5f, 2.0f);
  std::vector<float> values(300'001);
  for (float& value : values) value = normal(random);
  values[7] = kNan;
  values[70'000] = -kInf;
  double sum = 0, squares = 0;
  double finite = 0;
  for (const float value : values) {
    if (!std::isfinite(value)) continue;
    sum += value;
    ++finite;
  }
  for (const float value : values) {
    if (std::isfinite(value)) squares += (value - sum / finite) * (value - sum / finite);
  }
  const Tensor tensor = MakeTensor<float>({300'001}, values);
  const TensorStats alone = *ComputeStats(tensor, nullptr);
  CHECK(static_cast<double>(alone.finite) == finite);
  CHECK(alone.mean == Approx(sum / finite).epsilon(1e-12));
  CHECK(alone.std == Approx(std::sqrt(squares / finite)).epsilon(1e-12));
  ThreadPool pool(3);
  const TensorStats together = *ComputeStats(tensor, &pool);
  CHECK(together.mean == alone.mean);
  CHECK(together.std == alone.std);
  CHECK(together.min == alone.min);
}

}  // namespace
}  // namespace smcli
