// Less and IsNan for every real element type; half and bfloat16 compare as floats.
#pragma once

#include <cmath>
#include <type_traits>

#include "ops/arithmetic.h"

namespace smcli {

template <typename T>
bool Less(T a, T b) {
  if constexpr (kIsFloat16<T>) {
    return static_cast<float>(a) < static_cast<float>(b);
  } else {
    return a < b;
  }
}

template <typename T>
bool IsNan(T value) {
  if constexpr (kIsFloat16<T>) {
    return std::isnan(static_cast<float>(value));
  } else if constexpr (std::is_floating_point_v<T>) {
    return std::isnan(value);
  } else {
    return false;
  }
}

}  // namespace smcli
