// Exp, Log, Tanh and their kin over Vec<T>. Errors were measured against long double: tests/loops/unary_test.cc.
#pragma once

#include "loops/vec.h"

SMCLI_LOOPS_BEGIN

template <typename T>
Vec<T> Exp(Vec<T> x) {
  return Vec<T>(packet::pexp(x.p));
}
template <typename T>
Vec<T> Log(Vec<T> x) {
  return Vec<T>(packet::plog(x.p));
}
template <typename T>
Vec<T> Log1p(Vec<T> x) {
  return Vec<T>(packet::generic_plog1p(x.p));
}
template <typename T>
Vec<T> Expm1(Vec<T> x) {
  return Vec<T>(packet::generic_expm1(x.p));
}
template <typename T>
Vec<T> Pow(Vec<T> a, Vec<T> b) {
  // The usual exponent, without a logarithm; a NaN makes the sum NaN.
  if (packet::predux(Abs(b - Vec<T>(2)).p) == T(0)) return a * a;
  if constexpr (packet::packet_traits<T>::HasRound) {
    const Vec<T> power(packet::generic_pow(a.p, b.p));
    // Eigen 3.4 forgets the sign of (-inf)^odd and of (-0)^odd.
    const auto odd = Floor(b) == b && Vec<T>(2) * Floor(Vec<T>(0.5) * b) != b;
    const auto extreme = a == Vec<T>(0) || a == Vec<T>(-std::numeric_limits<T>::infinity());
    return Select<T>(extreme && odd, CopySign(power, a), power);
  } else {  // SSE2 has no rounding instruction, which Eigen's form needs
    return Lanewise(a, b, [](T x, T y) { return T(std::pow(x, y)); });
  }
}

inline Vec<float> Sin(Vec<float> x) { return Vec<float>(packet::psin_float(x.p)); }
inline Vec<float> Cos(Vec<float> x) { return Vec<float>(packet::pcos_float(x.p)); }
inline Vec<double> Sin(Vec<double> x) {
  return Lanewise(x, [](double v) { return std::sin(v); });
}
inline Vec<double> Cos(Vec<double> x) {
  return Lanewise(x, [](double v) { return std::cos(v); });
}

inline Vec<float> Tanh(Vec<float> x) { return Vec<float>(packet::ptanh(x.p)); }
inline Vec<double> Tanh(Vec<double> x) {
  const Vec<double> t = Expm1(Vec<double>(-2.0) * Abs(x));
  return CopySign(t / (Vec<double>(2.0) + t), x);
}

#define SMCLI_LANEWISE(Name, function)                      \
  template <typename T>                                     \
  Vec<T> Name(Vec<T> x) {                                   \
    return Lanewise(x, [](T v) { return T(function(v)); }); \
  }
SMCLI_LANEWISE(Tan, std::tan)
SMCLI_LANEWISE(Asin, std::asin)
SMCLI_LANEWISE(Acos, std::acos)
SMCLI_LANEWISE(Atan, std::atan)
SMCLI_LANEWISE(Sinh, std::sinh)
SMCLI_LANEWISE(Cosh, std::cosh)
SMCLI_LANEWISE(Asinh, std::asinh)
SMCLI_LANEWISE(Acosh, std::acosh)
SMCLI_LANEWISE(Atanh, std::atanh)
#undef SMCLI_LANEWISE

template <typename T>
Vec<T> Atan2(Vec<T> a, Vec<T> b) {
  return Lanewise(a, b, [](T y, T x) { return T(std::atan2(y, x)); });
}
// The remainder of division towards zero.
template <typename T>
Vec<T> Fmod(Vec<T> a, Vec<T> b) {
  return Lanewise(a, b, [](T x, T y) { return T(std::fmod(x, y)); });
}
template <typename T>
Vec<T> NextAfter(Vec<T> a, Vec<T> b) {
  return Lanewise(a, b, [](T x, T y) { return T(std::nextafter(x, y)); });
}

// c[0] x^(N-1) + ... + c[N-1]
template <typename T, int N>
Vec<T> Polynomial(Vec<T> x, const T (&c)[N]) {
  Vec<T> y = c[0];
  for (int i = 1; i < N; ++i) y = Madd(y, x, Vec<T>(c[i]));
  return y;
}

// erf(x) / x on [-1, 1] and erfc(x) exp(x^2) x as functions of x^2 and 1 / x^2: minimax polynomials of Cephes (ndtrf.c,
// S. Moshier, public domain).
inline constexpr float kErfNearZero[] = {7.853861353153693e-5f,  -8.010193625184903e-4f, 5.188327685732524e-3f,
                                         -2.685381193529856e-2f, 1.128358514861418e-1f,  -3.761262582423300e-1f,
                                         1.128379165726710e+0f};
inline constexpr float kErfcOneToTwo[] = {2.326819970068386e-2f,  -1.387039388740657e-1f, 3.687424674597105e-1f,
                                          -5.824733027278666e-1f, 6.210004621745983e-1f,  -4.944515323274145e-1f,
                                          3.404879937665872e-1f,  -2.741127028184656e-1f, 5.638259427386472e-1f};
inline constexpr float kErfcFromTwo[] = {-1.047766399936249e+1f, 1.297719955372516e+1f,  -7.495518717768503e+0f,
                                         2.921019019210786e+0f,  -1.015265279202700e+0f, 4.218463358204948e-1f,
                                         -2.820767439740514e-1f, 5.641895067754075e-1f};

// erfc(a) for a >= 1. The rounding error of a^2 would be magnified by exp; a fused multiply-add recovers it.
inline Vec<float> ErfcTail(Vec<float> a) {
  const Vec<float> square = a * a;
  const Vec<float> lost = Madd(a, a, -square);
  const Vec<float> inverse = Vec<float>(1) / a;
  const Vec<float> q = inverse * inverse;
  const Vec<float> p = Select<float>(a < Vec<float>(2), Polynomial(q, kErfcOneToTwo), Polynomial(q, kErfcFromTwo));
  const Vec<float> e = Exp(-square);
  return (e - e * lost) * inverse * p;
}
inline Vec<float> Erf(Vec<float> x) {
  const Vec<float> a = Abs(x);
  const Vec<float> near = x * Polynomial(x * x, kErfNearZero);
  // Beyond 4 erf is 1 in float; Min keeps the tail finite for infinities.
  const Vec<float> far = CopySign(Vec<float>(1) - ErfcTail(Min(Max(a, Vec<float>(1)), Vec<float>(4))), x);
  return Select<float>(a > Vec<float>(1), far, near);
}
inline Vec<float> Erfc(Vec<float> x) {
  const Vec<float> a = Abs(x);
  const Vec<float> near = Vec<float>(1) - x * Polynomial(x * x, kErfNearZero);
  const Vec<float> tail = ErfcTail(Min(Max(a, Vec<float>(1)), Vec<float>(11)));
  return Select<float>(a > Vec<float>(1), Select<float>(x < Vec<float>(0), Vec<float>(2) - tail, tail), near);
}
inline Vec<double> Erf(Vec<double> x) {
  return Lanewise(x, [](double v) { return std::erf(v); });
}
inline Vec<double> Erfc(Vec<double> x) {
  return Lanewise(x, [](double v) { return std::erfc(v); });
}

SMCLI_LOOPS_END
