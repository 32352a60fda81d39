// Singular values, eigenvalues and their vectors.
#include <Eigen/Eigenvalues>
#include <Eigen/SVD>
#include <limits>

#include "loops/matrix_map.h"

namespace smcli::linear {

template <typename T>
void Svd(const T* a, int64_t m, int64_t n, bool full, T* s, T* u, T* v) {
  const int64_t p = std::min(m, n);
  if (p == 0) {
    if (u != nullptr && full) {
      MatrixOut<T>(u, m, m).setIdentity();
      MatrixOut<T>(v, n, n).setIdentity();
    }
    return;
  }
  unsigned options = 0;
  if (u != nullptr) {
    options = full ? Eigen::ComputeFullU | Eigen::ComputeFullV : Eigen::ComputeThinU | Eigen::ComputeThinV;
  }
  const MatrixIn<T> matrix(a, m, n);
  const int64_t columns_u = full ? m : p, columns_v = full ? n : p;
  const Eigen::JacobiSVD<Matrix<T>> svd(matrix, options);
  VectorOut<T>(s, p) = svd.singularValues().template cast<T>();
  if (u == nullptr) return;
  MatrixOut<T>(u, m, columns_u) = svd.matrixU();
  MatrixOut<T>(v, n, columns_v) = svd.matrixV();
}

template <typename T>
bool SelfAdjointEigen(const T* a, int64_t n, T* values, T* vectors) {
  if (n == 0) return true;
  const Eigen::SelfAdjointEigenSolver<Matrix<T>> solver(
      MatrixIn<T>(a, n, n), vectors != nullptr ? Eigen::ComputeEigenvectors : Eigen::EigenvaluesOnly);
  if (solver.info() != Eigen::Success) return false;
  VectorOut<T>(values, n) = solver.eigenvalues().template cast<T>();
  if (vectors != nullptr) MatrixOut<T>(vectors, n, n) = solver.eigenvectors();
  return true;
}

template <typename T>
bool Spectrum(const T* a, int64_t n, ComplexOf<T>* values, ComplexOf<T>* vectors) {
  using C = ComplexOf<T>;
  if (n == 0) return true;
  // Each solver has an order of its own, that of the real or the complex Schur form.
  using Solver =
      std::conditional_t<std::is_same_v<T, C>, Eigen::ComplexEigenSolver<Matrix<T>>, Eigen::EigenSolver<Matrix<T>>>;
  const Solver solver(Matrix<T>(MatrixIn<T>(a, n, n)), vectors != nullptr);
  if (solver.info() != Eigen::Success) return false;
  VectorOut<C>(values, n) = solver.eigenvalues();
  if (vectors != nullptr) MatrixOut<C>(vectors, n, n) = solver.eigenvectors();
  return true;
}

#define SMCLI_INSTANTIATE(T)                                          \
  template void Svd<T>(const T*, int64_t, int64_t, bool, T*, T*, T*); \
  template bool SelfAdjointEigen<T>(const T*, int64_t, T*, T*);       \
  template bool Spectrum<T>(const T*, int64_t, ComplexOf<T>*, ComplexOf<T>*);
SMCLI_FOR_MATRIX_TYPES(SMCLI_INSTANTIATE)
#undef SMCLI_INSTANTIATE

}  // namespace smcli::linear
