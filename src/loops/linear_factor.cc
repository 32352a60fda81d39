// Factorisations: Cholesky, LU, QR. Plain loops: what Eigen would make of them in four element types takes minutes to
// compile, and no model spends its time here.
#include <algorithm>
#include <cmath>
#include <vector>

#include "loops/conjugate.h"
#include "loops/linear_algebra.h"

namespace smcli::linear {

template <typename T>
bool Cholesky(const T* a, int64_t n, T* l) {
  using Real = typename RealOf<T>::type;
  std::fill_n(l, n * n, T(0));
  for (int64_t j = 0; j < n; ++j) {
    for (int64_t i = j; i < n; ++i) {
      T sum = a[i * n + j];
      for (int64_t k = 0; k < j; ++k) sum -= l[i * n + k] * Conjugate(l[j * n + k]);
      if (i > j) {
        l[i * n + j] = sum / l[j * n + j];
        continue;
      }
      const Real pivot = std::real(sum);
      if (!(pivot > 0)) return false;
      l[j * n + j] = T(std::sqrt(pivot));
    }
  }
  return true;
}

// With P the lower triangle of l* dl, its diagonal halved: the gradient is l^-* P l^-1, made symmetric (I. Murray,
// "Differentiation of the Cholesky decomposition", 2016).
template <typename T>
void CholeskyGradient(const T* l, const T* gradient, int64_t n, T* a_gradient) {
  std::vector<T> p(static_cast<size_t>(n * n), T(0)), half(p.size()), turned(p.size());
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t j = 0; j <= i; ++j) {
      T sum = T(0);
      for (int64_t k = i; k < n; ++k) sum += l[k * n + i] * gradient[k * n + j];
      p[static_cast<size_t>(i * n + j)] = i == j ? sum / 2 : sum;
    }
  }
  const auto turn = [n](const std::vector<T>& from, std::vector<T>& to) {
    for (int64_t i = 0; i < n * n; ++i) to[static_cast<size_t>(i)] = from[static_cast<size_t>(i % n * n + i / n)];
  };
  SolveTriangular(l, n, true, true, p.data(), n, half.data());
  turn(half, turned);
  SolveTriangular(l, n, true, true, turned.data(), n, half.data());
  turn(half, turned);
  for (size_t i = 0; i < half.size(); ++i) a_gradient[i] = (half[i] + turned[i]) / 2;
}

// Gauss's elimination, in each step with the row whose entry is the largest.
template <typename T>
bool Lu(const T* a, int64_t n, T* lu, int64_t* rows) {
  std::copy_n(a, n * n, lu);
  for (int64_t i = 0; i < n; ++i) rows[i] = i;
  bool regular = true;
  for (int64_t k = 0; k < n; ++k) {
    int64_t best = k;
    for (int64_t i = k + 1; i < n; ++i) {
      if (std::abs(lu[i * n + k]) > std::abs(lu[best * n + k])) best = i;
    }
    if (best != k) {
      std::swap_ranges(lu + k * n, lu + (k + 1) * n, lu + best * n);
      std::swap(rows[k], rows[best]);
    }
    const T pivot = lu[k * n + k];
    if (!(std::abs(pivot) > 0)) {
      regular = false;
      if (pivot == T(0)) continue;
    }
    for (int64_t i = k + 1; i < n; ++i) {
      const T factor = lu[i * n + k] / pivot;
      lu[i * n + k] = factor;
      for (int64_t j = k + 1; j < n; ++j) lu[i * n + j] -= factor * lu[k * n + j];
    }
  }
  return regular;
}

namespace {

// A reflection that makes zeros below entry (k, k) of a[m][n], as LAPACK's larfg: the vector below its leading 1 takes
// their place. The answer is its factor.
template <typename T>
T Reflect(T* a, int64_t m, int64_t n, int64_t k) {
  using Real = typename RealOf<T>::type;
  Real tail = 0;
  for (int64_t i = k + 1; i < m; ++i) tail += std::norm(a[i * n + k]);
  T& head = a[k * n + k];
  if (tail == 0 && std::imag(head) == 0) return T(0);
  Real beta = std::sqrt(std::norm(head) + tail);
  if (std::real(head) >= 0) beta = -beta;
  for (int64_t i = k + 1; i < m; ++i) a[i * n + k] /= head - beta;
  const T factor = Conjugate((beta - head) / beta);
  head = T(beta);
  return factor;
}

// x -= factor v (v* x) for columns [first, columns) of x, with v in column k of a, below a 1.
template <typename T>
void ApplyReflection(const T* a, int64_t m, int64_t n, int64_t k, T factor, T* x, int64_t columns, int64_t first) {
  for (int64_t j = first; j < columns; ++j) {
    T sum = x[k * columns + j];
    for (int64_t i = k + 1; i < m; ++i) sum += Conjugate(a[i * n + k]) * x[i * columns + j];
    sum *= factor;
    x[k * columns + j] -= sum;
    for (int64_t i = k + 1; i < m; ++i) x[i * columns + j] -= a[i * n + k] * sum;
  }
}

}  // namespace

template <typename T>
void Qr(const T* a, int64_t m, int64_t n, bool full, T* q, T* r) {
  const int64_t least = std::min(m, n), p = full ? m : least;
  std::vector<T> work(a, a + m * n), factors(static_cast<size_t>(least));
  for (int64_t k = 0; k < least; ++k) {
    T& factor = factors[static_cast<size_t>(k)];
    factor = Reflect(work.data(), m, n, k);
    ApplyReflection(work.data(), m, n, k, factor, work.data(), n, k + 1);
  }
  for (int64_t i = 0; i < p; ++i) {
    for (int64_t j = 0; j < n; ++j) r[i * n + j] = j >= i ? work[static_cast<size_t>(i * n + j)] : T(0);
  }
  std::fill_n(q, m * p, T(0));
  for (int64_t i = 0; i < std::min(m, p); ++i) q[i * p + i] = T(1);
  for (int64_t k = least - 1; k >= 0; --k) {
    ApplyReflection(work.data(), m, n, k, Conjugate(factors[static_cast<size_t>(k)]), q, p, 0);
  }
}

#define SMCLI_INSTANTIATE(T)                            \
  template bool Cholesky<T>(const T*, int64_t, T*);     \
  template bool Lu<T>(const T*, int64_t, T*, int64_t*); \
  template void Qr<T>(const T*, int64_t, int64_t, bool, T*, T*);
SMCLI_FOR_MATRIX_TYPES(SMCLI_INSTANTIATE)
#undef SMCLI_INSTANTIATE
template void CholeskyGradient<float>(const float*, const float*, int64_t, float*);
template void CholeskyGradient<double>(const double*, const double*, int64_t, double*);

}  // namespace smcli::linear
