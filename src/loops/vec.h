// Vec<T>: as many floats or doubles as a register of this CPU level holds, and the operators that unary.def and
// binary.def are written in. NaN goes through arithmetic and Max/Min; comparisons answer false for it. On every
// compiler we build with, Eigen's packets of float and double are native vector types, so the operators and ?: of the
// vector extension apply; what differs between CPUs (sqrt, rounding, exp...) is left to Eigen.
#pragma once

#include "loops/isa.h"

#include <Eigen/Core>
#include <cmath>
#include <limits>

SMCLI_LOOPS_BEGIN

namespace packet = Eigen::internal;

template <typename T>
struct Vec {
  using Packet = typename packet::packet_traits<T>::type;
  using Bits = decltype(Packet() < Packet());  // a mask: all bits of a lane set, or none
  static constexpr int kLanes = packet::unpacket_traits<Packet>::size;

  Vec() = default;
  Vec(T scalar) : p(packet::pset1<Packet>(scalar)) {}
  explicit Vec(Packet packet) : p(packet) {}
  static Vec Load(const T* from) { return Vec(packet::ploadu<Packet>(from)); }
  void Store(T* to) const { packet::pstoreu(to, p); }

  friend Vec operator+(Vec a, Vec b) { return Vec(a.p + b.p); }
  friend Vec operator-(Vec a, Vec b) { return Vec(a.p - b.p); }
  friend Vec operator*(Vec a, Vec b) { return Vec(a.p * b.p); }
  friend Vec operator/(Vec a, Vec b) { return Vec(a.p / b.p); }
  friend Vec operator-(Vec a) { return Vec(-a.p); }
  friend Bits operator<(Vec a, Vec b) { return a.p < b.p; }
  friend Bits operator<=(Vec a, Vec b) { return a.p <= b.p; }
  friend Bits operator>(Vec a, Vec b) { return a.p > b.p; }
  friend Bits operator>=(Vec a, Vec b) { return a.p >= b.p; }
  friend Bits operator==(Vec a, Vec b) { return a.p == b.p; }
  friend Bits operator!=(Vec a, Vec b) { return a.p != b.p; }

  Packet p;
};

template <typename T>
Vec<T> Select(typename Vec<T>::Bits mask, Vec<T> yes, Vec<T> no) {
  return Vec<T>(typename Vec<T>::Packet(mask ? yes.p : no.p));
}
template <typename T>
typename Vec<T>::Bits IsNan(Vec<T> x) {
  return x.p != x.p;
}
// a * b + c, rounded once where the CPU can.
template <typename T>
Vec<T> Madd(Vec<T> a, Vec<T> b, Vec<T> c) {
  return Vec<T>(packet::pmadd(a.p, b.p, c.p));
}

template <typename T>
Vec<T> Max(Vec<T> a, Vec<T> b) {
  return Select<T>(a > b, a, Select<T>(IsNan(a), a, b));
}
template <typename T>
Vec<T> Min(Vec<T> a, Vec<T> b) {
  return Select<T>(a < b, a, Select<T>(IsNan(a), a, b));
}
template <typename T>
Vec<T> Abs(Vec<T> x) {
  return Vec<T>(packet::pabs(x.p));
}
// Correctly rounded, which Eigen's psqrt is not for floats of AVX.
inline Vec<float> Sqrt(Vec<float> x) {
#if defined(EIGEN_VECTORIZE_AVX512)
  return Vec<float>(_mm512_sqrt_ps(x.p));
#elif defined(EIGEN_VECTORIZE_AVX)
  return Vec<float>(_mm256_sqrt_ps(x.p));
#elif defined(EIGEN_VECTORIZE_SSE2)
  return Vec<float>(_mm_sqrt_ps(x.p));
#else
  return Vec<float>(packet::psqrt(x.p));
#endif
}
inline Vec<double> Sqrt(Vec<double> x) {
#if defined(EIGEN_VECTORIZE_AVX512)
  return Vec<double>(_mm512_sqrt_pd(x.p));
#else
  return Vec<double>(packet::psqrt(x.p));
#endif
}
template <typename T>
Vec<T> Floor(Vec<T> x) {
  return Vec<T>(packet::pfloor(x.p));
}
template <typename T>
Vec<T> Ceil(Vec<T> x) {
  return Vec<T>(packet::pceil(x.p));
}
// |a| with the sign bit of b.
template <typename T>
Vec<T> CopySign(Vec<T> a, Vec<T> b) {
  const auto sign = packet::pset1<typename Vec<T>::Packet>(T(-0.0));
  return Vec<T>(packet::por(packet::pabs(a.p), packet::pand(sign, b.p)));
}
// To the nearest integer, halves to the even one. Eigen's SSE2 form loses the sign of zero.
template <typename T>
Vec<T> Rint(Vec<T> x) {
  return CopySign(Vec<T>(packet::print(x.p)), x);
}

// f of each lane, for what has no vector form. The functions of the C library are external, so nothing is shared
// between levels.
template <typename T, typename F>
Vec<T> Lanewise(Vec<T> x, F f) {
  T lanes[Vec<T>::kLanes];
  x.Store(lanes);
  for (T& lane : lanes) lane = f(lane);
  return Vec<T>::Load(lanes);
}
template <typename T, typename F>
Vec<T> Lanewise(Vec<T> a, Vec<T> b, F f) {
  T left[Vec<T>::kLanes];
  T right[Vec<T>::kLanes];
  a.Store(left);
  b.Store(right);
  for (int i = 0; i < Vec<T>::kLanes; ++i) left[i] = f(left[i], right[i]);
  return Vec<T>::Load(left);
}

// Calls step(offset, count) over n elements in registers, the last one partial.
template <typename T>
struct Tail {
  // The first n lanes from memory, the others `fill`.
  static Vec<T> Load(const T* from, int64_t n, T fill = T(1)) {
    T lanes[Vec<T>::kLanes];
    for (int i = 0; i < Vec<T>::kLanes; ++i) lanes[i] = i < n ? from[i] : fill;
    return Vec<T>::Load(lanes);
  }
  static void Store(Vec<T> x, T* to, int64_t n) {
    T lanes[Vec<T>::kLanes];
    x.Store(lanes);
    for (int64_t i = 0; i < n; ++i) to[i] = lanes[i];
  }
};

SMCLI_LOOPS_END
