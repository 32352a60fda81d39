// The rows of unary.def and binary.def over integers and complex numbers, one element at a time.
#include "ops/element_function.h"
#include "ops/scalar_math.h"

namespace smcli {
namespace scalar {
namespace {

template <typename T, typename F>
void RunUnary(const void* from, void* to, int64_t n) {
  const T* x = static_cast<const T*>(from);
  T* y = static_cast<T*>(to);
  for (int64_t i = 0; i < n; ++i) y[i] = F::Apply(x[i]);
}

// R: what an element of the answer is, T or uint8_t (a bool).
template <typename T, typename R, typename F>
void RunBinary(const void* left, const void* right, void* to, int64_t n, Scalar which) {
  const T* a = static_cast<const T*>(left);
  const T* b = static_cast<const T*>(right);
  R* y = static_cast<R*>(to);
  if (which == Scalar::kNone) {
    for (int64_t i = 0; i < n; ++i) y[i] = F::Apply(a[i], b[i]);
  } else if (which == Scalar::kRight) {
    const T same = b[0];
    for (int64_t i = 0; i < n; ++i) y[i] = F::Apply(a[i], same);
  } else {
    const T same = a[0];
    for (int64_t i = 0; i < n; ++i) y[i] = F::Apply(same, b[i]);
  }
}

template <typename T>
UnaryLoop PickUnary(UnaryFn fn) {
  using N = typename NumberOf<T>::type;
  switch (fn) {
#define UNARY(name, types, tolerance, expr)                      \
  case UnaryFn::k##name:                                         \
    if constexpr (DataTypeSet(types).Contains(kDataTypeOf<T>)) { \
      struct Row {                                               \
        static T Apply(N x) { return T(expr); }                  \
      };                                                         \
      return &RunUnary<T, Row>;                                  \
    }                                                            \
    return nullptr;
#define PREDICATE(...)
#include "loops/unary.def"
#undef UNARY
#undef PREDICATE
    default: return nullptr;
  }
}

template <typename T>
BinaryLoop PickBinary(BinaryFn fn) {
  using N = typename NumberOf<T>::type;
  switch (fn) {
#define BINARY(name, types, tolerance, expr)                     \
  case BinaryFn::k##name:                                        \
    if constexpr (DataTypeSet(types).Contains(kDataTypeOf<T>)) { \
      struct Row {                                               \
        static T Apply(N a, N b) { return T(expr); }             \
      };                                                         \
      return &RunBinary<T, T, Row>;                              \
    }                                                            \
    return nullptr;
#define COMPARE(name, types, expr)                                \
  case BinaryFn::k##name:                                         \
    if constexpr (DataTypeSet(types).Contains(kDataTypeOf<T>)) {  \
      struct Row {                                                \
        static uint8_t Apply(N a, N b) { return (expr) ? 1 : 0; } \
      };                                                          \
      return &RunBinary<T, uint8_t, Row>;                         \
    }                                                             \
    return nullptr;
#define LOOP(...)
#include "loops/binary.def"
#undef BINARY
#undef COMPARE
#undef LOOP
    default: return nullptr;
  }
}

}  // namespace
}  // namespace scalar

UnaryLoop PlainUnaryLoop(UnaryFn fn, DataType dtype) {
  UnaryLoop loop = nullptr;
  const auto pick = [&](auto tag) { loop = scalar::PickUnary<typename decltype(tag)::type>(fn); };
  if (!DispatchInts(dtype, pick)) DispatchComplexes(dtype, pick);
  return loop;
}

BinaryLoop PlainBinaryLoop(BinaryFn fn, DataType dtype) {
  BinaryLoop loop = nullptr;
  const auto pick = [&](auto tag) { loop = scalar::PickBinary<typename decltype(tag)::type>(fn); };
  if (dtype == DataType::kBool) dtype = DataType::kUint8;  // for comparisons: bytes, 0 or 1
  if (!DispatchInts(dtype, pick)) DispatchComplexes(dtype, pick);
  return loop;
}

}  // namespace smcli
