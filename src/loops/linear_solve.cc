// Inverses, determinants and solutions of linear systems, by the factors of linear_factor.cc.
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "loops/conjugate.h"
#include "loops/linear_algebra.h"

namespace smcli::linear {
namespace {

// to[n][m] = from[m][n]*
template <typename T>
void Adjoint(const T* from, int64_t m, int64_t n, T* to) {
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t j = 0; j < n; ++j) to[j * m + i] = Conjugate(from[i * n + j]);
  }
}

// c[m][n] += a[m][k] b[k][n]
template <typename T>
void AddProduct(const T* a, const T* b, int64_t m, int64_t k, int64_t n, T* c) {
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t p = 0; p < k; ++p) {
      for (int64_t j = 0; j < n; ++j) c[i * n + j] += a[i * k + p] * b[p * n + j];
    }
  }
}

// The factors of a matrix or of its adjoint, and the order of its rows.
template <typename T>
struct Factors {
  std::vector<T> lu;
  std::vector<int64_t> rows;
  bool regular = true;

  Factors(const T* a, int64_t n, bool adjoint) : lu(static_cast<size_t>(n * n)), rows(static_cast<size_t>(n)) {
    std::vector<T> turned;
    if (adjoint) {
      turned.resize(lu.size());
      Adjoint(a, n, n, turned.data());
      a = turned.data();
    }
    regular = Lu(a, n, lu.data(), rows.data());
  }
  int64_t n() const { return static_cast<int64_t>(rows.size()); }
  T pivot(int64_t i) const { return lu[static_cast<size_t>(i * n() + i)]; }

  // x[n][k] = a^-1 b
  void Solve(const T* b, int64_t k, T* x) const {
    const int64_t size = n();
    for (int64_t i = 0; i < size; ++i) std::copy_n(b + rows[static_cast<size_t>(i)] * k, k, x + i * k);
    for (int64_t i = 0; i < size; ++i) {
      for (int64_t j = 0; j < i; ++j) Subtract(i, j, k, x);
    }
    for (int64_t i = size - 1; i >= 0; --i) {
      for (int64_t j = i + 1; j < size; ++j) Subtract(i, j, k, x);
      for (int64_t c = 0; c < k; ++c) x[i * k + c] /= pivot(i);
    }
  }
  // 1 or -1: is the order of the rows an even permutation?
  int Sign() const {
    std::vector<bool> seen(rows.size());
    int sign = 1;
    for (size_t i = 0; i < rows.size(); ++i) {
      for (size_t j = i; !seen[j]; j = static_cast<size_t>(rows[j])) {
        seen[j] = true;
        if (static_cast<size_t>(rows[j]) != i) sign = -sign;
      }
    }
    return sign;
  }

 private:
  void Subtract(int64_t i, int64_t j, int64_t k, T* x) const {
    const T factor = lu[static_cast<size_t>(i * n() + j)];
    for (int64_t c = 0; c < k; ++c) x[i * k + c] -= factor * x[j * k + c];
  }
};

// By the pseudo-inverse: singular values below the rounding error of the largest count as zero.
template <typename T>
void SolveBySvd(const T* a, int64_t m, int64_t n, const T* b, int64_t k, T* x) {
  using Real = typename RealOf<T>::type;
  const int64_t p = std::min(m, n);
  std::vector<T> s(static_cast<size_t>(p)), u(static_cast<size_t>(m * p)), v(static_cast<size_t>(n * p));
  Svd(a, m, n, false, s.data(), u.data(), v.data());
  const Real least = std::real(s[0]) * std::numeric_limits<Real>::epsilon() * static_cast<Real>(std::max(m, n));
  std::vector<T> turned(u.size()), middle(static_cast<size_t>(p * k), T(0));
  Adjoint(u.data(), m, p, turned.data());
  AddProduct(turned.data(), b, p, m, k, middle.data());
  for (int64_t i = 0; i < p * k; ++i) {
    const Real value = std::real(s[static_cast<size_t>(i / k)]);
    T& entry = middle[static_cast<size_t>(i)];
    entry = value > least ? entry / value : T(0);
  }
  AddProduct(v.data(), middle.data(), n, p, k, x);
}

}  // namespace

template <typename T>
bool Invert(const T* a, int64_t n, bool adjoint, T* x) {
  const Factors<T> factors(a, n, adjoint);
  if (!factors.regular) return false;
  std::vector<T> identity(static_cast<size_t>(n * n), T(0));
  for (int64_t i = 0; i < n; ++i) identity[static_cast<size_t>(i * n + i)] = T(1);
  factors.Solve(identity.data(), n, x);
  return true;
}

template <typename T>
T Determinant(const T* a, int64_t n) {
  const Factors<T> factors(a, n, false);
  T product = T(static_cast<typename RealOf<T>::type>(factors.Sign()));
  for (int64_t i = 0; i < n; ++i) product *= factors.pivot(i);
  return product;
}

template <typename T>
void LogDeterminant(const T* a, int64_t n, T* sign, T* log) {
  using Real = typename RealOf<T>::type;
  const Factors<T> factors(a, n, false);
  T direction = T(static_cast<Real>(factors.Sign()));
  Real sum = 0;
  for (int64_t i = 0; i < n; ++i) {
    const Real size = std::abs(factors.pivot(i));
    direction *= size == 0 ? T(0) : factors.pivot(i) / size;
    sum += std::log(size);
  }
  *sign = direction;
  *log = T(sum);
}

template <typename T>
bool Solve(const T* a, int64_t n, bool adjoint, const T* b, int64_t k, T* x) {
  const Factors<T> factors(a, n, adjoint);
  if (factors.regular) factors.Solve(b, k, x);
  return factors.regular;
}

template <typename T>
void SolveTriangular(const T* a, int64_t n, bool lower, bool adjoint, const T* b, int64_t k, T* x) {
  std::copy_n(b, n * k, x);
  const bool downward = lower != adjoint;
  for (int64_t step = 0; step < n; ++step) {
    const int64_t i = downward ? step : n - 1 - step;
    for (int64_t done = 0; done < step; ++done) {
      const int64_t j = downward ? done : n - 1 - done;
      const T factor = adjoint ? Conjugate(a[j * n + i]) : a[i * n + j];
      for (int64_t c = 0; c < k; ++c) x[i * k + c] -= factor * x[j * k + c];
    }
    const T pivot = adjoint ? Conjugate(a[i * n + i]) : a[i * n + i];
    for (int64_t c = 0; c < k; ++c) x[i * k + c] /= pivot;
  }
}

template <typename T>
bool SolveLeastSquares(const T* a, int64_t m, int64_t n, const T* b, int64_t k, double regularizer, bool fast, T* x) {
  using Real = typename RealOf<T>::type;
  std::fill_n(x, n * k, T(0));
  if (m == 0 || n == 0 || k == 0) return true;
  if (!fast) {
    SolveBySvd(a, m, n, b, k, x);
    return true;
  }
  const int64_t p = std::min(m, n);
  std::vector<T> turned(static_cast<size_t>(m * n)), gram(static_cast<size_t>(p * p), T(0)), l(gram.size());
  Adjoint(a, m, n, turned.data());
  if (m >= n) {
    AddProduct(turned.data(), a, n, m, n, gram.data());
  } else {
    AddProduct(a, turned.data(), m, n, m, gram.data());
  }
  for (int64_t i = 0; i < p; ++i) gram[static_cast<size_t>(i * p + i)] += T(static_cast<Real>(regularizer));
  if (!Cholesky(gram.data(), p, l.data())) return false;
  std::vector<T> right(static_cast<size_t>(p * k), T(0)), half(right.size());
  if (m >= n) {
    AddProduct(turned.data(), b, n, m, k, right.data());
  } else {
    std::copy_n(b, m * k, right.data());
  }
  SolveTriangular(l.data(), p, true, false, right.data(), k, half.data());
  SolveTriangular(l.data(), p, true, true, half.data(), k, right.data());
  if (m >= n) {
    std::copy_n(right.data(), n * k, x);
  } else {
    AddProduct(turned.data(), right.data(), n, m, k, x);
  }
  return true;
}

#define SMCLI_INSTANTIATE(T)                                                              \
  template bool Invert<T>(const T*, int64_t, bool, T*);                                   \
  template T Determinant<T>(const T*, int64_t);                                           \
  template void LogDeterminant<T>(const T*, int64_t, T*, T*);                             \
  template bool Solve<T>(const T*, int64_t, bool, const T*, int64_t, T*);                 \
  template void SolveTriangular<T>(const T*, int64_t, bool, bool, const T*, int64_t, T*); \
  template bool SolveLeastSquares<T>(const T*, int64_t, int64_t, const T*, int64_t, double, bool, T*);
SMCLI_FOR_MATRIX_TYPES(SMCLI_INSTANTIATE)
#undef SMCLI_INSTANTIATE

}  // namespace smcli::linear
