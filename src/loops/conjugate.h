// The complex conjugate of any number, which of a real one is itself; and the types that linear_algebra.h is made for.
#pragma once

#include <complex>
#include <type_traits>

namespace smcli::linear {

template <typename T>
T Conjugate(T x) {
  if constexpr (std::is_floating_point_v<T>) {
    return x;
  } else {
    return std::conj(x);
  }
}

#define SMCLI_FOR_MATRIX_TYPES(INSTANTIATE) \
  INSTANTIATE(float)                        \
  INSTANTIATE(double)                       \
  INSTANTIATE(std::complex<float>)          \
  INSTANTIATE(std::complex<double>)

}  // namespace smcli::linear
