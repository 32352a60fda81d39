#include "inspect/tensor_stats.h"

#include <cmath>
#include <limits>
#include <numeric>

#include "support/catch.h"
#include "support/tensors.h"

namespace smcli {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

TEST_CASE("statistics are those of the finite elements") {
  const auto stats = StatsOf(MakeTensor<float>({6}, {1, 2, kNan, 0, -kInfinity, 5}));
  REQUIRE(stats);
  CHECK(stats->finite == 4);
  CHECK(stats->nan == 1);
  CHECK(stats->infinite == 1);
  CHECK(stats->zeros == 1);
  CHECK(stats->min == 0);
  CHECK(stats->max == 5);
  CHECK(stats->mean == 2);
  CHECK(stats->std == Approx(std::sqrt(3.5)));
}

TEST_CASE("integers of 64 bits are exact") {
  const auto stats = StatsOf(MakeTensor<int64_t>({2}, {INT64_MIN, INT64_MAX}));
  REQUIRE(stats);
  REQUIRE(stats->integers);
  CHECK(stats->integers->first == INT64_MIN);
  CHECK(stats->integers->second == INT64_MAX);
  CHECK(*StatsObject(*stats)[0].value.integer() == INT64_MIN);
}

TEST_CASE("a tensor of many elements has the sums of a plain loop") {
  std::vector<double> values(10007);
  std::iota(values.begin(), values.end(), -17.0);
  const auto stats = StatsOf(MakeTensor<double>({10007}, values));
  REQUIRE(stats);
  CHECK(stats->mean == Approx(-17.0 + 10006 / 2.0));
  CHECK(stats->zeros == 1);
}

TEST_CASE("nothing finite, nothing at all, and no numbers") {
  CHECK(StatsOf(MakeTensor<float>({2}, {kNan, kInfinity}))->finite == 0);
  CHECK(StatsOf(MakeTensor<float>({0}, {}))->finite == 0);
  CHECK(StatsObject(*StatsOf(MakeTensor<float>({0}, {})))[0].value.empty());
  CHECK_FALSE(StatsOf(MakeTensor<std::string>({1}, {"x"})));
  CHECK_FALSE(StatsOf(MakeBools({1}, {true})));
}

TEST_CASE("histograms count what is finite; the largest value falls into the last bin") {
  const Tensor tensor = MakeTensor<float>({6}, {0, 1, 2, 9, 10, kNan});
  const auto stats = StatsOf(tensor);
  CHECK(HistogramOf(tensor, *stats, 10) == std::vector<int64_t>{1, 1, 1, 0, 0, 0, 0, 0, 0, 2});
  const Tensor same = MakeTensor<float>({3}, {4, 4, 4});
  const std::vector<int64_t> counts = HistogramOf(same, *StatsOf(same), 4);
  CHECK(std::accumulate(counts.begin(), counts.end(), int64_t{0}) == 3);
  const Tensor none = MakeTensor<float>({1}, {kNan});
  CHECK(HistogramOf(none, *StatsOf(none), 4).empty());
}

}  // namespace
}  // namespace smcli
