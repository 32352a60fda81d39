// The rows of binary.def as loops over float and double.
#include "loops/element_loops.h"
#include "loops/tables.h"
#include "loops/vec_math.h"

SMCLI_LOOPS_BEGIN
namespace {

template <typename T>
Vec<T> AbsSquare(Vec<T> x) {
  return x * x;
}
template <typename T>
Vec<T> FloorDiv(Vec<T> a, Vec<T> b) {
  return Floor(a / b);
}
template <typename T>
Vec<T> TruncateDiv(Vec<T> a, Vec<T> b) {
  const Vec<T> quotient = a / b;
  return Select<T>(quotient < Vec<T>(0), Ceil(quotient), Floor(quotient));
}
// The remainder with the sign of b (TensorFlow: cwise_ops.h, google_floor_fmod).
template <typename T>
Vec<T> FloorMod(Vec<T> a, Vec<T> b) {
  const Vec<T> rest = Fmod(a, b);
  return Select<T>(rest != Vec<T>(0) && (rest < Vec<T>(0)) != (b < Vec<T>(0)), rest + b, rest);
}

#define BINARY(name, types, tolerance, expr)     \
  template <typename T>                          \
  struct name##Fn {                              \
    using N = Vec<T>;                            \
    static N Apply(N a, N b) { return N(expr); } \
  };
#define LOOP(name, expr) BINARY(name, , , expr)
// Plain loops, which the compiler turns into vector ones with packed bytes as the answer.
#define COMPARE(name, types, expr)                                                           \
  template <typename T>                                                                      \
  void name##Loop(const void* left, const void* right, void* to, int64_t n, Scalar scalar) { \
    const T* as = static_cast<const T*>(left);                                               \
    const T* bs = static_cast<const T*>(right);                                              \
    uint8_t* y = static_cast<uint8_t*>(to);                                                  \
    if (scalar == Scalar::kNone) {                                                           \
      for (int64_t i = 0; i < n; ++i) {                                                      \
        const T a = as[i], b = bs[i];                                                        \
        y[i] = (expr) ? 1 : 0;                                                               \
      }                                                                                      \
    } else if (scalar == Scalar::kRight) {                                                   \
      const T b = bs[0];                                                                     \
      for (int64_t i = 0; i < n; ++i) {                                                      \
        const T a = as[i];                                                                   \
        y[i] = (expr) ? 1 : 0;                                                               \
      }                                                                                      \
    } else {                                                                                 \
      const T a = as[0];                                                                     \
      for (int64_t i = 0; i < n; ++i) {                                                      \
        const T b = bs[i];                                                                   \
        y[i] = (expr) ? 1 : 0;                                                               \
      }                                                                                      \
    }                                                                                        \
  }
#include "loops/binary.def"
#undef BINARY
#undef COMPARE
#undef LOOP

}  // namespace

#define BINARY(name, ...) &RunBinary<SMCLI_T, name##Fn<SMCLI_T>>,
#define LOOP(name, ...) &RunBinary<SMCLI_T, name##Fn<SMCLI_T>>,
#define COMPARE(name, ...) &name##Loop<SMCLI_T>,

#define SMCLI_T float
constinit const BinaryLoop kBinaryF32[] = {
#include "loops/binary.def"
};
#undef SMCLI_T

#define SMCLI_T double
constinit const BinaryLoop kBinaryF64[] = {
#include "loops/binary.def"
};
#undef SMCLI_T
#undef BINARY
#undef COMPARE
#undef LOOP

SMCLI_LOOPS_END
