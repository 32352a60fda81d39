#include "loops/special.h"

#include <cmath>
#include <limits>
#include <type_traits>
#include <unsupported/Eigen/SpecialFunctions>

#include "loops/cephes.h"
#include "loops/conjugate.h"

namespace smcli {
namespace {

using linear::Conjugate;

// What `types` of a row stands for here.
constexpr int kFloats = 1, kReals = 1, kComplexes = 2, kRealNumbers = 1 | 4;

// Eigen 3.4 takes what is outside [0, 1] for its ends.
template <typename T>
T NormalQuantile(T x) {
  return x >= 0 && x <= 1 ? Eigen::numext::ndtri(x) : std::numeric_limits<T>::quiet_NaN();
}

// Eigen 3.4 has NaN where an argument is infinite, and reads an order that is no integer as an integer.
template <typename T>
T Zeta(T x, T q) {
  constexpr T kInfinity = std::numeric_limits<T>::infinity();
  return x > 1 && q > 1 && (x == kInfinity || q == kInfinity) ? T(0) : Eigen::numext::zeta(x, q);
}
template <typename T>
T Polygamma(T order, T x) {
  if (!(order >= 0) || order != std::floor(order)) return std::numeric_limits<T>::quiet_NaN();
  if (order > 0 && x == std::numeric_limits<T>::infinity() && std::isfinite(std::tgamma(order + 1))) {
    return std::fmod(order, T(2)) == 0 ? T(-0.0) : T(0);
  }
  return Eigen::numext::polygamma(order, x);
}

template <typename T, typename F>
void RunUnary(const void* from, void* to, int64_t n) {
  const T* x = static_cast<const T*>(from);
  T* y = static_cast<T*>(to);
  for (int64_t i = 0; i < n; ++i) y[i] = F::template Apply<T>(x[i]);
}

template <typename T, typename F>
void RunBinary(const void* left, const void* right, void* to, int64_t n, Scalar scalar) {
  const T* a = static_cast<const T*>(left);
  const T* b = static_cast<const T*>(right);
  T* y = static_cast<T*>(to);
  const int64_t a_step = scalar == Scalar::kLeft ? 0 : 1, b_step = scalar == Scalar::kRight ? 0 : 1;
  for (int64_t i = 0; i < n; ++i) y[i] = F::template Apply<T>(a[i * a_step], b[i * b_step]);
}

#define SPECIAL(name, expr) \
  struct name##Row {        \
    template <typename T>   \
    static T Apply(T x) {   \
      return expr;          \
    }                       \
  };
#define SPECIAL2(name, types, expr) \
  struct name##Row {                \
    template <typename T>           \
    static T Apply(T a, T b) {      \
      return expr;                  \
    }                               \
  };
#define GRADIENT SPECIAL2
#include "loops/special.def"
#undef SPECIAL
#undef SPECIAL2
#undef GRADIENT

// The loop of a row on T, where `types` has T.
template <int kTypes, typename T, typename F>
constexpr BinaryLoop LoopOn() {
  constexpr int kKind = std::is_integral_v<T> ? 4 : std::is_floating_point_v<T> ? 1 : 2;
  if constexpr ((kTypes & kKind) != 0) {
    return &RunBinary<T, F>;
  } else {
    return nullptr;
  }
}

template <typename T>
BinaryLoop PickBinary(SpecialFn fn) {
  switch (fn) {
#define SPECIAL(...)
#define SPECIAL2(name, types, expr) \
  case SpecialFn::k##name:          \
    return LoopOn<(types), T, name##Row>();
#define GRADIENT SPECIAL2
#include "loops/special.def"
#undef SPECIAL
#undef SPECIAL2
#undef GRADIENT
    default: return nullptr;
  }
}

template <typename T>
UnaryLoop PickUnary(SpecialFn fn) {
  switch (fn) {
#define SPECIAL(name, expr) \
  case SpecialFn::k##name:  \
    return &RunUnary<T, name##Row>;
#define SPECIAL2(...)
#define GRADIENT(...)
#include "loops/special.def"
#undef SPECIAL
#undef SPECIAL2
#undef GRADIENT
    default: return nullptr;
  }
}

}  // namespace

UnaryLoop SpecialUnaryLoop(SpecialFn fn, SpecialType type) {
  if (type == SpecialType::kFloat) return PickUnary<float>(fn);
  return type == SpecialType::kDouble ? PickUnary<double>(fn) : nullptr;
}

BinaryLoop SpecialBinaryLoop(SpecialFn fn, SpecialType type) {
  switch (type) {
    case SpecialType::kFloat: return PickBinary<float>(fn);
    case SpecialType::kDouble: return PickBinary<double>(fn);
    case SpecialType::kInt8: return PickBinary<int8_t>(fn);
    case SpecialType::kInt16: return PickBinary<int16_t>(fn);
    case SpecialType::kInt32: return PickBinary<int32_t>(fn);
    case SpecialType::kInt64: return PickBinary<int64_t>(fn);
    case SpecialType::kUint8: return PickBinary<uint8_t>(fn);
    case SpecialType::kUint16: return PickBinary<uint16_t>(fn);
    case SpecialType::kUint32: return PickBinary<uint32_t>(fn);
    case SpecialType::kUint64: return PickBinary<uint64_t>(fn);
    case SpecialType::kComplex64: return PickBinary<std::complex<float>>(fn);
    case SpecialType::kComplex128: return PickBinary<std::complex<double>>(fn);
  }
  return nullptr;
}

template <typename T>
void Betainc(const T* a, int a_step, const T* b, int b_step, const T* x, int x_step, T* y, int64_t n) {
  for (int64_t i = 0; i < n; ++i) y[i] = Eigen::numext::betainc(a[i * a_step], b[i * b_step], x[i * x_step]);
}

template void Betainc(const float*, int, const float*, int, const float*, int, float*, int64_t);
template void Betainc(const double*, int, const double*, int, const double*, int, double*, int64_t);

}  // namespace smcli
