#include "inspect/tensor_stats.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "report/printers.h"

namespace smcli {
namespace {

constexpr size_t kLanes = 8;  // independent sums, which the compiler keeps in vector registers
constexpr int kWidestBar = 40;

// Tensors that look into a file are aligned as the file has them.
template <typename T>
T ElementAt(const void* data, size_t index) {
  T element;
  std::memcpy(&element, static_cast<const char*>(data) + index * sizeof(T), sizeof(T));
  return element;
}

template <typename T>
double ToDouble(T value) {
  if constexpr (std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>) {
    return static_cast<double>(static_cast<float>(value));
  } else {
    return static_cast<double>(value);
  }
}

struct FirstPass {
  double sum[kLanes] = {};
  double min[kLanes];
  double max[kLanes];
  int64_t finite[kLanes] = {};
  int64_t nan[kLanes] = {};
  int64_t zeros[kLanes] = {};

  FirstPass() {
    std::fill_n(min, kLanes, std::numeric_limits<double>::infinity());
    std::fill_n(max, kLanes, -std::numeric_limits<double>::infinity());
  }
  void Add(size_t lane, double x) {
    const bool is_finite = std::fabs(x) <= std::numeric_limits<double>::max();
    sum[lane] += is_finite ? x : 0.0;
    min[lane] = is_finite && x < min[lane] ? x : min[lane];
    max[lane] = is_finite && x > max[lane] ? x : max[lane];
    finite[lane] += is_finite;
    nan[lane] += x != x;
    zeros[lane] += x == 0.0;
  }
};

template <typename T>
FirstPass RunFirstPass(const void* data, size_t count) {
  FirstPass pass;
  size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (size_t lane = 0; lane < kLanes; ++lane) pass.Add(lane, ToDouble(ElementAt<T>(data, i + lane)));
  }
  for (; i < count; ++i) pass.Add(0, ToDouble(ElementAt<T>(data, i)));
  return pass;
}

// The variance's numerator.
template <typename T>
double SquaredDistances(const void* data, size_t count, double mean) {
  double squares[kLanes] = {};
  for (size_t i = 0; i < count; ++i) {
    const double x = ToDouble(ElementAt<T>(data, i));
    const double distance = x - mean;
    squares[i % kLanes] += std::fabs(x) <= std::numeric_limits<double>::max() ? distance * distance : 0.0;
  }
  double total = 0;
  for (const double lane : squares) total += lane;
  return total;
}

template <typename T>
void ExactExtremes(const void* data, size_t count, TensorStats* stats) {
  T least = std::numeric_limits<T>::max(), most = std::numeric_limits<T>::lowest();
  for (size_t i = 0; i < count; ++i) {
    const T element = ElementAt<T>(data, i);
    least = std::min(least, element);
    most = std::max(most, element);
  }
  if (std::cmp_greater(most, std::numeric_limits<int64_t>::max())) return;
  stats->integers = std::pair(static_cast<int64_t>(least), static_cast<int64_t>(most));
}

template <typename T>
TensorStats StatsOfElements(const void* data, size_t count) {
  const FirstPass pass = RunFirstPass<T>(data, count);

  TensorStats stats;
  double sum = 0;
  for (size_t lane = 0; lane < kLanes; ++lane) {
    sum += pass.sum[lane];
    stats.finite += pass.finite[lane];
    stats.nan += pass.nan[lane];
    stats.zeros += pass.zeros[lane];
  }
  stats.infinite = static_cast<int64_t>(count) - stats.finite - stats.nan;
  if (stats.finite == 0) return stats;
  stats.min = *std::min_element(pass.min, pass.min + kLanes);
  stats.max = *std::max_element(pass.max, pass.max + kLanes);
  stats.mean = sum / static_cast<double>(stats.finite);

  stats.std = std::sqrt(SquaredDistances<T>(data, count, stats.mean) / static_cast<double>(stats.finite));
  if constexpr (std::is_integral_v<T>) ExactExtremes<T>(data, count, &stats);
  return stats;
}

}  // namespace

std::optional<TensorStats> StatsOf(const Tensor& tensor) {
  std::optional<TensorStats> stats;
  DispatchRealNumbers(tensor.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    stats = StatsOfElements<T>(tensor.raw_data(), static_cast<size_t>(tensor.num_elements()));
  });
  return stats;
}

std::vector<int64_t> HistogramOf(const Tensor& tensor, const TensorStats& stats, int bins) {
  if (stats.finite == 0) return {};
  std::vector<int64_t> counts(static_cast<size_t>(bins), 0);
  const double low = stats.min == stats.max ? stats.min - 0.5 : stats.min;
  const double width = stats.min == stats.max ? 1.0 : stats.max - stats.min;
  DispatchRealNumbers(tensor.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    for (size_t i = 0; i < static_cast<size_t>(tensor.num_elements()); ++i) {
      const double x = ToDouble(ElementAt<T>(tensor.raw_data(), i));
      if (!std::isfinite(x)) continue;
      // Halved first: max - min may exceed the largest double.
      const double share = (x / 2 - low / 2) / (std::isfinite(width) ? width / 2 : stats.max / 2 - stats.min / 2);
      const double bin = std::clamp(share * bins, 0.0, static_cast<double>(bins - 1));
      ++counts[static_cast<size_t>(bin)];
    }
  });
  return counts;
}

Value::Object StatsObject(const TensorStats& stats) {
  const bool any = stats.finite > 0;
  const Value min = stats.integers ? Value::Int(stats.integers->first) : Value::Real(stats.min);
  const Value max = stats.integers ? Value::Int(stats.integers->second) : Value::Real(stats.max);
  return {{"min", "min", any ? min : Value()},
          {"max", "max", any ? max : Value()},
          {"mean", "mean", any ? Value::Real(stats.mean) : Value()},
          {"std", "std", any ? Value::Real(stats.std) : Value()},
          {"nan", "nan", Value::Count(stats.nan)},
          {"inf", "inf", Value::Count(stats.infinite)},
          {"zeros", "zeros", Value::Count(stats.zeros)}};
}

Table HistogramTable(const std::vector<int64_t>& counts, const TensorStats& stats) {
  Table table;
  table.columns = {{"from", "from"}, {"to", "to"}, {"count", "count"}, {"", " "}};
  const auto bins = static_cast<double>(counts.size());
  const int64_t most = counts.empty() ? 1 : std::max<int64_t>(1, *std::ranges::max_element(counts));
  const bool single = stats.min == stats.max;
  const double low = single ? stats.min - 0.5 : stats.min;
  const double high = single ? stats.max + 0.5 : stats.max;
  for (size_t bin = 0; bin < counts.size(); ++bin) {
    const auto edge = [&](double at) { return low * (1 - at / bins) + high * (at / bins); };
    // Every bin that is not empty shows at least one mark.
    const double share = static_cast<double>(counts[bin]) / static_cast<double>(most);
    const auto length = static_cast<size_t>(std::ceil(share * kWidestBar));
    table.Add({Value::Real(edge(static_cast<double>(bin))), Value::Real(edge(static_cast<double>(bin) + 1)),
               Value::Count(counts[bin]), Value::Text(std::string(length, '#'))});
  }
  return table;
}

}  // namespace smcli
