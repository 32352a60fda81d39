// The sequences that the ops of connectionist temporal classification read.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/result.h"
#include "tensor/tensor.h"

namespace smcli {

// inputs [time, batch, classes], not empty, and lengths [batch], each within [0, time]; else `ModelError`.
Status CheckSequences(const Tensor& inputs, const Tensor& lengths);

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
