// The sequences that the ops of connectionist temporal classification read.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "base/result.h"
#include "ops/kernel.h"
#include "tensor/tensor.h"

namespace smcli {

// inputs [time, batch, classes], not empty, and lengths [batch], each within [0, time]; else `ModelError`.
Status CheckSequences(const Tensor& inputs, const Tensor& lengths);

// Decoded labels: the sparse tensor [batch, longest] of one path per sequence, sequence after sequence.
class DecodedPath {
 public:
  void Add(int64_t sequence, std::span<const int64_t> labels);
  // Indices, values and shape, in these outputs.
  void Output(KernelContext& ctx, int64_t batch, std::array<int, 3> outputs) const;

 private:
  std::vector<int64_t> indices_, values_;
  int64_t longest_ = 0;
};

template <typename T>
inline constexpr T kLogZero = -std::numeric_limits<T>::infinity();

// log(exp(a) + exp(b))
template <typename T>
T LogSum(T a, T b) {
  if (a == kLogZero<T>) return b;
  if (b == kLogZero<T>) return a;
  return std::max(a, b) + std::log1p(std::exp(-std::abs(a - b)));
}

}  // namespace smcli
