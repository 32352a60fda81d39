// Dense linear algebra: factorisations and solutions in plain loops, spectra and functions of a matrix by Eigen, which
// TensorFlow uses. Unlike the other loops these are compiled once, for the lowest CPU level, and allocate what they
// need. Matrices lie row by row; T is float, double or a complex of one of them. Where a pointer may be null the answer
// is not wanted.
#pragma once

#include <complex>
#include <cstdint>

namespace smcli::linear {

template <typename T>
struct RealOf {
  using type = T;
};
template <typename R>
struct RealOf<std::complex<R>> {
  using type = R;
};
template <typename T>
using ComplexOf = std::complex<typename RealOf<T>::type>;

// l[n][n] with a = l l*, from the lower triangle of a. False: a is not positive definite.
template <typename T>
bool Cholesky(const T* a, int64_t n, T* l);
// The symmetric gradient of a out of that of its factor l. T: float or double.
template <typename T>
void CholeskyGradient(const T* l, const T* gradient, int64_t n, T* a_gradient);
// lu[n][n] holds both triangular factors of a with its rows in the order `rows`. False: singular.
template <typename T>
bool Lu(const T* a, int64_t n, T* lu, int64_t* rows);
// a[m][n] = q r with q[m][p], r[p][n]; p = m where `full`, else min(m, n).
template <typename T>
void Qr(const T* a, int64_t m, int64_t n, bool full, T* q, T* r);

// x = a^-1, or its adjoint. False: singular.
template <typename T>
bool Invert(const T* a, int64_t n, bool adjoint, T* x);
template <typename T>
T Determinant(const T* a, int64_t n);
// The determinant is sign * exp(log); 0 and -inf for a singular matrix.
template <typename T>
void LogDeterminant(const T* a, int64_t n, T* sign, T* log);
// x[n][k] with a x = b, or a* x = b. False: singular.
template <typename T>
bool Solve(const T* a, int64_t n, bool adjoint, const T* b, int64_t k, T* x);
// As Solve, over one triangle of a; a zero on the diagonal gives infinities.
template <typename T>
void SolveTriangular(const T* a, int64_t n, bool lower, bool adjoint, const T* b, int64_t k, T* x);
// x[n][k] that makes |a x - b|^2 + regularizer |x|^2 smallest (for m < n: the smallest such x), a[m][n]: `fast` by
// normal equations, else by singular values, without the regularizer. False: a is (nearly)
// deficient in rank, in the fast way.
template <typename T>
bool SolveLeastSquares(const T* a, int64_t m, int64_t n, const T* b, int64_t k, double regularizer, bool fast, T* x);

// a[m][n] = u diag(s) v*; s[p] with p = min(m, n) in falling order. u[m][p] and v[n][p], or [m][m] and [n][n] where
// `full`; both or neither may be null.
template <typename T>
void Svd(const T* a, int64_t m, int64_t n, bool full, T* s, T* u, T* v);
// Of the Hermitian matrix in the lower triangle of a: values[n] rising, vectors[n][n] in columns. False: no
// convergence.
template <typename T>
bool SelfAdjointEigen(const T* a, int64_t n, T* values, T* vectors);
// Of any square matrix, in the order of its Schur form. False: no convergence.
template <typename T>
bool Spectrum(const T* a, int64_t n, ComplexOf<T>* values, ComplexOf<T>* vectors);

// The principal root; NaN where a real matrix has no real one.
template <typename T>
void SquareRoot(const T* a, int64_t n, T* y);
// y = exp(a), of n x n.
template <typename T>
void Exponential(const T* a, int64_t n, T* y);
// T: complex.
template <typename T>
void Logarithm(const T* a, int64_t n, T* y);

}  // namespace smcli::linear
