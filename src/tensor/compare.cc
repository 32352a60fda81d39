#include "tensor/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <vector>

#include "tensor/numbers.h"

namespace smcli {

namespace {

constexpr int64_t kChunk = 1024;
constexpr double kZeroReference = 2.220446049250313e-16;

bool SameNumber(std::complex<double> a, std::complex<double> b) {
  const auto same = [](double x, double y) { return x == y || (std::isnan(x) && std::isnan(y)); };
  return same(a.real(), b.real()) && same(a.imag(), b.imag());
}

bool Finite(std::complex<double> a) { return std::isfinite(a.real()) && std::isfinite(a.imag()); }

// Collects pairs in order.
class Tally {
 public:
  explicit Tally(const Tolerances& tolerances) : tolerances_(tolerances) {}

  // A pair whose distance is `abs`; `reference` is |want|.
  void AddDistance(double abs, double reference) {
    const double rel = abs == 0 ? 0 : abs / (reference == 0 ? kZeroReference : reference);
    if (out_.max_abs_at < 0 || abs > out_.max_abs) {
      out_.max_abs = abs;
      out_.max_abs_at = out_.elements;
    }
    out_.max_rel = std::max(out_.max_rel, rel);
    sum_abs_ += abs;
    sum_rel_ += rel;
    ++measured_;
    Count(abs <= tolerances_.atol || rel <= tolerances_.rtol);
  }
  // A pair that is equal or is not.
  void AddEquality(bool equal) {
    if (equal) return AddDistance(0, 1);
    ++out_.incomparable;
    Count(false);
  }
  Comparison Finish() {
    if (measured_ > 0) {
      out_.mean_abs = sum_abs_ / static_cast<double>(measured_);
      out_.mean_rel = sum_rel_ / static_cast<double>(measured_);
    }
    return std::move(out_);
  }

 private:
  void Count(bool passed) {
    if (!passed && out_.failed++ == 0) out_.first_failed = out_.elements;
    ++out_.elements;
  }

  const Tolerances& tolerances_;
  Comparison out_;
  double sum_abs_ = 0, sum_rel_ = 0;
  int64_t measured_ = 0;
};

void CompareNumbers(const Tensor& got, const Tensor& want, Tally& tally) {
  std::vector<std::complex<double>> a(kChunk), b(kChunk);
  for (int64_t first = 0; first < got.num_elements(); first += kChunk) {
    const int64_t count = std::min(kChunk, got.num_elements() - first);
    ReadComplexes(got, first, {a.data(), static_cast<size_t>(count)});
    ReadComplexes(want, first, {b.data(), static_cast<size_t>(count)});
    for (int64_t i = 0; i < count; ++i) {
      const auto x = a[static_cast<size_t>(i)], y = b[static_cast<size_t>(i)];
      if (SameNumber(x, y)) {
        tally.AddDistance(0, 1);
      } else if (!Finite(x) || !Finite(y)) {
        tally.AddEquality(false);
      } else {
        tally.AddDistance(std::abs(x - y), std::abs(y));
      }
    }
  }
}

// 64-bit integers do not fit into a double: their distance is taken before it is rounded.
template <typename T>
void CompareInts(const Tensor& got, const Tensor& want, Tally& tally) {
  const T* a = got.data<T>();
  const T* b = want.data<T>();
  for (int64_t i = 0; i < got.num_elements(); ++i) {
    const auto x = static_cast<uint64_t>(a[i]), y = static_cast<uint64_t>(b[i]);
    const uint64_t distance = a[i] > b[i] ? x - y : y - x;
    tally.AddDistance(static_cast<double>(distance), std::fabs(static_cast<double>(b[i])));
  }
}

template <typename T>
void CompareEquality(const Tensor& got, const Tensor& want, Tally& tally) {
  for (int64_t i = 0; i < got.num_elements(); ++i) tally.AddEquality(got.data<T>()[i] == want.data<T>()[i]);
}

// Indices of the k largest of `row`, ascending.
std::vector<int64_t> LargestOf(const std::vector<double>& row, int k) {
  std::vector<int64_t> order(row.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int64_t>(i);
  std::partial_sort(order.begin(), order.begin() + k, order.end(), [&](int64_t x, int64_t y) {
    const double a = row[static_cast<size_t>(x)], b = row[static_cast<size_t>(y)];
    return a != b ? a > b : x < y;
  });
  order.resize(static_cast<size_t>(k));
  std::sort(order.begin(), order.end());
  return order;
}

std::vector<double> RealRow(const Tensor& tensor, int64_t first, int64_t count) {
  std::vector<double> row(static_cast<size_t>(count));
  ReadDoubles(tensor, first, row);
  for (double& v : row) v = std::isnan(v) ? -INFINITY : v;
  return row;
}

}  // namespace

Comparison Compare(const Tensor& got, const Tensor& want, const Tolerances& tolerances) {
  Tally tally(tolerances);
  Comparison refused;
  if (got.shape() != want.shape()) {
    refused.mismatch = fmt::format("shape {}, not {}", got.shape().ToString(), want.shape().ToString());
    return refused;
  }
  if (kNumbers.Contains(got.dtype()) && kNumbers.Contains(want.dtype())) {
    if (got.dtype() == want.dtype() && kInts.Contains(got.dtype())) {
      DispatchInts(got.dtype(), [&](auto tag) { CompareInts<typename decltype(tag)::type>(got, want, tally); });
    } else {
      CompareNumbers(got, want, tally);
    }
  } else if (got.dtype() != want.dtype() || !(kPlain.Contains(got.dtype()) || got.dtype() == DataType::kString)) {
    refused.mismatch = fmt::format("dtype {}, not {}", NumpyName(got.dtype()), NumpyName(want.dtype()));
    return refused;
  } else {
    DispatchBySize(got.dtype(), [&](auto tag) { CompareEquality<typename decltype(tag)::type>(got, want, tally); });
  }
  return tally.Finish();
}

double TopAgreement(const Tensor& got, const Tensor& want, int k) {
  if (got.shape() != want.shape() || got.rank() == 0 || k <= 0) return -1;
  if (!kRealNumbers.Contains(got.dtype()) || !kRealNumbers.Contains(want.dtype())) return -1;
  const int64_t width = got.dim(got.rank() - 1);
  if (width <= k || got.num_elements() == 0) return -1;
  int64_t agreed = 0;
  const int64_t rows = got.num_elements() / width;
  for (int64_t row = 0; row < rows; ++row) {
    const auto a = LargestOf(RealRow(got, row * width, width), k);
    const auto b = LargestOf(RealRow(want, row * width, width), k);
    std::vector<int64_t> both;
    std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
    agreed += static_cast<int64_t>(both.size());
  }
  return static_cast<double>(agreed) / static_cast<double>(rows * k);
}

std::string IndexText(const Shape& shape, int64_t flat_index) {
  std::vector<int64_t> at(static_cast<size_t>(shape.rank()));
  for (int i = shape.rank() - 1; i >= 0; --i) {
    const int64_t extent = std::max<int64_t>(shape.dim(i), 1);
    at[static_cast<size_t>(i)] = flat_index % extent;
    flat_index /= extent;
  }
  return fmt::format("[{}]", fmt::join(at, ","));
}

}  // namespace smcli
