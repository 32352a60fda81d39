#include "inspect/tensor_stats.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <tuple>
#include <utility>

#include "loops/loops.h"
#include "report/printers.h"

namespace smcli {
namespace {

constexpr size_t kBlock = 2048;  // numbers that stay in the first-level cache
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

// What is known of some of the elements. Parts are joined as by Chan, Golub and LeVeque, "Updating formulae and a
// pairwise algorithm for computing sample variances": one pass over memory, and no large sums that cancel.
struct Moments {
  double count = 0, mean = 0;
  double squares = 0;  // of the distances from the mean

  void Join(const Moments& other) {
    if (other.count == 0) return;
    const double total = count + other.count, step = other.mean - mean;
    mean += step * (other.count / total);
    squares += other.squares + step * step * (count * (other.count / total));
    count = total;
  }
};

// Finite numbers; overwrites them.
Moments MomentsOf(double* x, size_t count) {
  const auto n = static_cast<int64_t>(count);
  const ReduceLoops& reduce = *CurrentLoops().reduce_f64;
  Moments moments;
  if (n == 0) return moments;
  double sum;
  reduce.sum(x, n, &sum);
  moments.count = static_cast<double>(n);
  moments.mean = sum / moments.count;
  CurrentLoops().f64[BinaryFn::kSub](x, &moments.mean, x, n, Scalar::kRight);
  reduce.sum_squares(x, n, &moments.squares);
  return moments;
}

// Moves the finite numbers to the front, counts the others, and says how many were finite.
size_t SiftFinite(double* x, size_t count, TensorStats* stats) {
  size_t finite = 0;
  for (size_t i = 0; i < count; ++i) {
    if (std::isfinite(x[i])) {
      x[finite++] = x[i];
    } else {
      ++(std::isnan(x[i]) ? stats->nan : stats->infinite);
    }
  }
  return finite;
}

// Adds some numbers, which it overwrites. min and max of `stats` have been infinite at the start.
void AddBlock(double* x, size_t count, TensorStats* stats, Moments* moments) {
  const ReduceLoops& reduce = *CurrentLoops().reduce_f64;
  const auto extremes = [&] {
    double low, high;
    reduce.minimum(x, static_cast<int64_t>(count), &low);
    reduce.maximum(x, static_cast<int64_t>(count), &high);
    return std::pair(low, high);
  };
  auto [low, high] = extremes();
  if (!std::isfinite(low) || !std::isfinite(high)) {
    count = SiftFinite(x, count, stats);
    if (count == 0) return;
    std::tie(low, high) = extremes();
  }
  if (low <= 0 && high >= 0) stats->zeros += std::count(x, x + count, 0.0);
  stats->finite += static_cast<int64_t>(count);
  stats->min = std::min(stats->min, low);
  stats->max = std::max(stats->max, high);
  moments->Join(MomentsOf(x, count));
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
  TensorStats stats;
  Moments moments;
  stats.min = std::numeric_limits<double>::infinity();
  stats.max = -std::numeric_limits<double>::infinity();
  double block[kBlock];
  for (size_t at = 0; at < count; at += kBlock) {
    const size_t length = std::min(kBlock, count - at);
    for (size_t i = 0; i < length; ++i) block[i] = ToDouble(ElementAt<T>(data, at + i));
    AddBlock(block, length, &stats, &moments);
  }
  if (stats.finite == 0) return stats;
  stats.mean = moments.mean;
  stats.std = std::sqrt(moments.squares / moments.count);
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
