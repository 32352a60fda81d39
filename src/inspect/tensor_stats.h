// What the numbers of a tensor look like from afar.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "report/report.h"
#include "tensor/tensor.h"

namespace smcli {

// Over the finite elements, computed in double.
struct TensorStats {
  int64_t finite = 0;
  int64_t nan = 0;
  int64_t infinite = 0;
  int64_t zeros = 0;
  double min = 0, max = 0, mean = 0, std = 0;           // std as numpy.std; all undefined when nothing is finite
  std::optional<std::pair<int64_t, int64_t>> integers;  // min and max exactly, for integers that int64 holds
};

// nullopt for dtypes that are no real numbers: strings, bool, complex numbers, eight-bit floats.
std::optional<TensorStats> StatsOf(const Tensor& tensor);

// Counts of finite elements in `bins` ranges of equal width from min to max, as numpy.histogram. Empty when nothing is
// finite.
std::vector<int64_t> HistogramOf(const Tensor& tensor, const TensorStats& stats, int bins);

// {min, max, mean, std, nan, inf, zeros}; integers stay integers.
Value::Object StatsObject(const TensorStats& stats);
// Ranges, counts and bars.
Table HistogramTable(const std::vector<int64_t>& counts, const TensorStats& stats);

}  // namespace smcli
