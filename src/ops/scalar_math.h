// The words of unary.def and binary.def for one integer or complex number: what loops/vec_math.h is for registers of
// floats. Integers wrap around; std::complex has its own operators.
#pragma once

#include <cmath>
#include <complex>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace smcli::scalar {

template <typename T>
struct Int {
  using Wide = std::conditional_t<(sizeof(T) < 4), uint32_t, std::make_unsigned_t<T>>;

  Int() = default;
  Int(T value) : v(value) {}
  explicit operator T() const { return v; }

  friend Int operator+(Int a, Int b) { return T(Wide(a.v) + Wide(b.v)); }
  friend Int operator-(Int a, Int b) { return T(Wide(a.v) - Wide(b.v)); }
  friend Int operator*(Int a, Int b) { return T(Wide(a.v) * Wide(b.v)); }
  friend Int operator-(Int a) { return T(Wide(0) - Wide(a.v)); }
  // Towards zero. The caller has made sure that no divisor is zero; MIN / -1 wraps.
  friend Int operator/(Int a, Int b) {
    if constexpr (std::is_signed_v<T>) {
      if (b.v == T(-1)) return -a;
    }
    return T(a.v / b.v);
  }
  bool operator==(const Int&) const = default;
  friend bool operator<(Int a, Int b) { return a.v < b.v; }
  friend bool operator<=(Int a, Int b) { return a.v <= b.v; }
  friend bool operator>(Int a, Int b) { return a.v > b.v; }
  friend bool operator>=(Int a, Int b) { return a.v >= b.v; }

  T v;
};

template <typename T>
Int<T> Abs(Int<T> x) {
  return x < Int<T>(0) ? -x : x;
}
template <typename T>
Int<T> Max(Int<T> a, Int<T> b) {
  return a > b ? a : b;
}
template <typename T>
Int<T> Min(Int<T> a, Int<T> b) {
  return a < b ? a : b;
}
template <typename T>
Int<T> Rint(Int<T> x) {
  return x;
}
template <typename T>
Int<T> Sign(Int<T> x) {
  return T((x.v > 0) - (x.v < 0));
}
template <typename T>
Int<T> AbsSquare(Int<T> x) {
  return x * x;
}
template <typename T>
Int<T> Fmod(Int<T> a, Int<T> b) {
  return a - a / b * b;
}
template <typename T>
Int<T> TruncateDiv(Int<T> a, Int<T> b) {
  return a / b;
}
template <typename T>
Int<T> FloorMod(Int<T> a, Int<T> b) {
  const Int<T> rest = Fmod(a, b);
  return rest.v != 0 && (rest.v < 0) != (b.v < 0) ? rest + b : rest;
}
template <typename T>
Int<T> FloorDiv(Int<T> a, Int<T> b) {
  const Int<T> quotient = a / b;
  const Int<T> rest = a - quotient * b;
  return rest.v != 0 && (rest.v < 0) != (b.v < 0) ? quotient - Int<T>(1) : quotient;
}
// The caller has made sure that no exponent is negative.
template <typename T>
Int<T> Pow(Int<T> base, Int<T> exponent) {
  Int<T> power(1);
  for (auto left = static_cast<uint64_t>(exponent.v); left != 0; left >>= 1) {
    if (left & 1) power = power * base;
    base = base * base;
  }
  return power;
}

// Products and quotients by their formulas, as TensorFlow's vectors compute them: an infinity can make a NaN, where the
// C library would look for the infinity again.
template <typename R>
struct Complex : std::complex<R> {
  using std::complex<R>::complex;
  Complex(std::complex<R> z) : std::complex<R>(z) {}

  friend Complex operator+(Complex a, Complex b) { return {a.real() + b.real(), a.imag() + b.imag()}; }
  friend Complex operator-(Complex a, Complex b) { return {a.real() - b.real(), a.imag() - b.imag()}; }
  friend Complex operator-(Complex a) { return {-a.real(), -a.imag()}; }
  friend Complex operator*(Complex a, Complex b) {
    return {a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()};
  }
  // Scaled by the larger part of b, which keeps the squares in range (Eigen: pdiv_complex).
  friend Complex operator/(Complex a, Complex b) {
    const R larger = std::max(std::abs(b.real()), std::abs(b.imag()));
    const R c = b.real() / larger, d = b.imag() / larger;
    const R square = c * c + d * d;
    const Complex scaled = a * Complex(c, -d);
    return {scaled.real() / square / larger, scaled.imag() / square / larger};
  }
};

template <typename R>
bool Zero(Complex<R> x) {
  return x.real() == 0 && x.imag() == 0;
}
#define SMCLI_COMPLEX_FUNCTION(Name, function) \
  template <typename R>                        \
  Complex<R> Name(Complex<R> x) {              \
    return Complex<R>(function(x));            \
  }
SMCLI_COMPLEX_FUNCTION(Acos, std::acos)
SMCLI_COMPLEX_FUNCTION(Acosh, std::acosh)
SMCLI_COMPLEX_FUNCTION(Asin, std::asin)
SMCLI_COMPLEX_FUNCTION(Asinh, std::asinh)
SMCLI_COMPLEX_FUNCTION(Atan, std::atan)
SMCLI_COMPLEX_FUNCTION(Atanh, std::atanh)
SMCLI_COMPLEX_FUNCTION(Cos, std::cos)
SMCLI_COMPLEX_FUNCTION(Cosh, std::cosh)
SMCLI_COMPLEX_FUNCTION(Exp, std::exp)
SMCLI_COMPLEX_FUNCTION(Log, std::log)
SMCLI_COMPLEX_FUNCTION(Sin, std::sin)
SMCLI_COMPLEX_FUNCTION(Sinh, std::sinh)
SMCLI_COMPLEX_FUNCTION(Sqrt, std::sqrt)
SMCLI_COMPLEX_FUNCTION(Tan, std::tan)
SMCLI_COMPLEX_FUNCTION(Tanh, std::tanh)
#undef SMCLI_COMPLEX_FUNCTION

// exp(a + bi) - 1, without cancellation near zero: expm1(a) cos b + (cos b - 1) + i exp(a) sin b.
template <typename R>
Complex<R> Expm1(Complex<R> x) {
  const R half = std::sin(x.imag() / 2);
  const R growth = std::expm1(x.real());
  return {growth * std::cos(x.imag()) - 2 * half * half, (growth + 1) * std::sin(x.imag())};
}
// log(1 + x), with log|1 + x| = log1p(|1 + x|^2 - 1) / 2 near zero.
template <typename R>
Complex<R> Log1p(Complex<R> x) {
  const R a = x.real(), b = x.imag();
  if (std::abs(a) < R(0.5) && std::abs(b) < R(0.5)) return {std::log1p(a * (2 + a) + b * b) / 2, std::atan2(b, 1 + a)};
  return Complex<R>(std::log(std::complex<R>(1 + a, b)));
}
template <typename R>
Complex<R> Sign(Complex<R> x) {
  const R size = std::abs(x);
  return Zero(x) ? Complex<R>(0) : Complex<R>(x.real() / size, x.imag() / size);
}
template <typename R>
Complex<R> AbsSquare(Complex<R> x) {
  return x * Complex<R>(x.real(), -x.imag());
}
template <typename R>
Complex<R> Pow(Complex<R> a, Complex<R> b) {
  return Complex<R>(std::pow(std::complex<R>(a), std::complex<R>(b)));
}

template <typename T, typename N>
N Select(bool condition, N yes, N no) {
  return condition ? yes : no;
}

// What a row computes with on elements of type T.
template <typename T>
struct NumberOf {
  using type = Int<T>;
};
template <typename R>
struct NumberOf<std::complex<R>> {
  using type = Complex<R>;
};

}  // namespace smcli::scalar
