// Functions of a square matrix: square root and logarithm, over complex numbers. A real matrix goes through them, which
// halves what there is to compile.
#include <Eigen/LU>
#include <cmath>
#include <limits>
#include <type_traits>
#include <unsupported/Eigen/MatrixFunctions>

#include "loops/matrix_map.h"

namespace smcli::linear {
namespace {

// A real matrix with a negative eigenvalue has no real root: Eigen's real form, TensorFlow's, gives NaN.
template <typename C>
bool HasRealRoot(const Matrix<C>& root) {
  const auto scale = root.cwiseAbs().maxCoeff();
  const auto precision = std::numeric_limits<typename C::value_type>::epsilon();
  return root.imag().cwiseAbs().maxCoeff() <= scale * std::sqrt(precision);
}

}  // namespace

template <typename T>
void SquareRoot(const T* a, int64_t n, T* y) {
  if (n == 0) return;
  using C = ComplexOf<T>;
  const Matrix<C> matrix = MatrixIn<T>(a, n, n).template cast<C>();
  const Matrix<C> root = matrix.sqrt();
  if constexpr (std::is_same_v<T, C>) {
    MatrixOut<T>(y, n, n) = root;
  } else {
    MatrixOut<T>(y, n, n) = root.real();
    if (!HasRealRoot<C>(root)) MatrixOut<T>(y, n, n).setConstant(std::numeric_limits<T>::quiet_NaN());
  }
}

template <typename T>
void Logarithm(const T* a, int64_t n, T* y) {
  if (n == 0) return;
  const Matrix<T> matrix = MatrixIn<T>(a, n, n);
  MatrixOut<T>(y, n, n) = matrix.log();
}

template <typename T>
void Exponential(const T* a, int64_t n, T* y) {
  if (n == 0) return;
  const Matrix<T> matrix = MatrixIn<T>(a, n, n);
  MatrixOut<T>(y, n, n) = matrix.exp();
}

#define SMCLI_INSTANTIATE(T)                          \
  template void SquareRoot<T>(const T*, int64_t, T*); \
  template void Exponential<T>(const T*, int64_t, T*);
SMCLI_FOR_MATRIX_TYPES(SMCLI_INSTANTIATE)
#undef SMCLI_INSTANTIATE
template void Logarithm<std::complex<float>>(const std::complex<float>*, int64_t, std::complex<float>*);
template void Logarithm<std::complex<double>>(const std::complex<double>*, int64_t, std::complex<double>*);

}  // namespace smcli::linear
