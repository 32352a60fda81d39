#include "tensor/stats.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "base/thread_pool.h"

namespace smcli {
namespace {

// Elements that are looked at together: they stay in the first cache between the pass that finds their mean and the one
// that sums the squares of their distances from it.
constexpr int64_t kBlock = 2048;
// Elements of one piece of parallel work.
constexpr int64_t kChunk = 32 * kBlock;
// Sums that run side by side, so that the compiler can use vectors without changing what is computed.
constexpr int kLanes = 8;

// Of some elements; sums of squares are of distances from the mean.
struct Moments {
  int64_t finite = 0, nan = 0, inf = 0, zeros = 0;
  double min = std::numeric_limits<double>::infinity();
  double max = -std::numeric_limits<double>::infinity();
  double mean = 0;
  double squares = 0;

  // Chan's update, which loses nothing where the mean is far from zero.
  void Merge(const Moments& other) {
    nan += other.nan;
    inf += other.inf;
    zeros += other.zeros;
    if (other.finite == 0) return;
    const auto here = static_cast<double>(finite), there = static_cast<double>(other.finite);
    const double distance = other.mean - mean;
    mean += distance * (there / (here + there));
    squares += other.squares + distance * distance * (here * there / (here + there));
    finite += other.finite;
    min = std::min(min, other.min);
    max = std::max(max, other.max);
  }
};

// Without branches: an element that is not finite counts as `pivot`, which is finite and one of the elements.
template <typename T>
[[gnu::always_inline]] inline Moments BlockMoments(const T* x, int64_t count, T pivot) {
  constexpr T kMax = std::numeric_limits<T>::max();
  T low[kLanes], high[kLanes];
  double sum[kLanes] = {}, squares[kLanes] = {};
  int32_t zeros[kLanes] = {}, not_finite[kLanes] = {}, nan[kLanes] = {};
  std::fill_n(low, kLanes, pivot);
  std::fill_n(high, kLanes, pivot);
  const auto finite_or_pivot = [=](T value) { return std::abs(value) <= kMax ? value : pivot; };
  const auto first_pass = [&](int lane, T value) {
    const T v = finite_or_pivot(value);
    zeros[lane] += value == 0;
    not_finite[lane] += !(std::abs(value) <= kMax);
    nan[lane] += value != value;
    low[lane] = v < low[lane] ? v : low[lane];
    high[lane] = v > high[lane] ? v : high[lane];
    sum[lane] += static_cast<double>(v) - static_cast<double>(pivot);
  };
  const int64_t whole = count / kLanes * kLanes;
  for (int64_t i = 0; i < whole; i += kLanes) {
    for (int lane = 0; lane < kLanes; ++lane) first_pass(lane, x[i + lane]);
  }
  for (int64_t i = whole; i < count; ++i) first_pass(static_cast<int>(i - whole), x[i]);

  Moments block;
  double total = 0;
  int64_t all_not_finite = 0;
  for (int lane = 0; lane < kLanes; ++lane) {
    total += sum[lane];
    all_not_finite += not_finite[lane];
    block.zeros += zeros[lane];
    block.nan += nan[lane];
    block.min = std::min(block.min, static_cast<double>(low[lane]));
    block.max = std::max(block.max, static_cast<double>(high[lane]));
  }
  block.finite = count - all_not_finite;
  block.inf = all_not_finite - block.nan;
  const double distance = total / static_cast<double>(block.finite);
  block.mean = static_cast<double>(pivot) + distance;

  const auto second_pass = [&](int lane, T value) {
    const double d = (static_cast<double>(finite_or_pivot(value)) - static_cast<double>(pivot)) - distance;
    squares[lane] += d * d;
  };
  for (int64_t i = 0; i < whole; i += kLanes) {
    for (int lane = 0; lane < kLanes; ++lane) second_pass(lane, x[i + lane]);
  }
  for (int64_t i = whole; i < count; ++i) second_pass(static_cast<int>(i - whole), x[i]);
  for (const double part : squares) block.squares += part;
  // What stood for the elements that are not finite added their own distance.
  block.squares = std::max(0.0, block.squares - static_cast<double>(all_not_finite) * distance * distance);
  return block;
}

using BlockFunction = Moments (*)(const void* elements, int64_t count, double pivot);

template <typename T>
Moments BlockBaseline(const void* elements, int64_t count, double pivot) {
  return BlockMoments(static_cast<const T*>(elements), count, static_cast<T>(pivot));
}
#if defined(__x86_64__)
template <typename T>
__attribute__((target("avx2"))) Moments BlockAvx2(const void* elements, int64_t count, double pivot) {
  return BlockMoments(static_cast<const T*>(elements), count, static_cast<T>(pivot));
}
#endif

template <typename T>
BlockFunction BestBlockFunction() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) return BlockAvx2<T>;
#endif
  return BlockBaseline<T>;
}

template <typename T>
Moments MomentsOf(const T* x, int64_t count) {
  const T* pivot = std::find_if(x, x + count, [](T value) { return std::isfinite(value); });
  if (pivot != x + count) return BestBlockFunction<T>()(x, count, static_cast<double>(*pivot));
  Moments block;
  block.nan = std::count_if(x, x + count, [](T value) { return std::isnan(value); });
  block.inf = count - block.nan;
  return block;
}

// Elements [begin, end), at most a chunk.
template <typename T>
Moments ChunkMoments(const T* x, int64_t begin, int64_t end) {
  Moments chunk;
  for (int64_t at = begin; at < end; at += kBlock) {
    const int64_t count = std::min(kBlock, end - at);
    if constexpr (std::is_same_v<T, float> || std::is_same_v<T, double>) {
      chunk.Merge(MomentsOf(x + at, count));
    } else if constexpr (std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>) {
      float values[kBlock];
      std::transform(x + at, x + at + count, values, [](T value) { return static_cast<float>(value); });
      chunk.Merge(MomentsOf(values, count));
    } else {
      double values[kBlock];
      std::transform(x + at, x + at + count, values, [](T value) { return static_cast<double>(value); });
      chunk.Merge(MomentsOf(values, count));
    }
  }
  return chunk;
}

template <typename T>
Moments AllMoments(const Tensor& tensor, ThreadPool* pool) {
  const int64_t count = tensor.num_elements();
  const int64_t chunks = (count + kChunk - 1) / kChunk;
  std::vector<Moments> parts(static_cast<size_t>(chunks));
  const auto work = [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      parts[static_cast<size_t>(i)] = ChunkMoments(tensor.data<T>(), i * kChunk, std::min(count, (i + 1) * kChunk));
    }
  };
  pool != nullptr ? pool->ParallelFor(chunks, 1, work) : work(0, chunks);
  Moments all;
  for (const Moments& part : parts) all.Merge(part);
  return all;
}

}  // namespace

std::optional<TensorStats> ComputeStats(const Tensor& tensor, ThreadPool* pool) {
  Moments all;
  const bool known = DispatchRealNumbers(
      tensor.dtype(), [&](auto tag) { all = AllMoments<typename decltype(tag)::type>(tensor, pool); });
  if (!known) return std::nullopt;
  TensorStats stats;
  stats.count = tensor.num_elements();
  stats.finite = all.finite;
  stats.nan = all.nan;
  stats.inf = all.inf;
  stats.zeros = all.zeros;
  if (all.finite == 0) return stats;
  stats.min = all.min;
  stats.max = all.max;
  stats.mean = all.mean;
  stats.std = std::sqrt(all.squares / static_cast<double>(all.finite));
  return stats;
}

}  // namespace smcli
