// The rows of unary.def as loops over float and double.
#include "loops/element_loops.h"
#include "loops/tables.h"
#include "loops/vec_math.h"

SMCLI_LOOPS_BEGIN
namespace {

template <typename T>
Vec<T> Sign(Vec<T> x) {
  // NaN answers itself; a denormal, which compares as zero, and zero lose their sign.
  return Select<T>(x != Vec<T>(0) && x == x, CopySign(Vec<T>(1), x), Select<T>(x == x, Abs(x), x));
}

#define UNARY(name, types, tolerance, expr) \
  template <typename T>                     \
  struct name##Fn {                         \
    using N = Vec<T>;                       \
    static N Apply(N x) { return N(expr); } \
  };
#define PREDICATE(name, expr)                              \
  template <typename T>                                    \
  void name##Loop(const void* from, void* to, int64_t n) { \
    const T* values = static_cast<const T*>(from);         \
    uint8_t* y = static_cast<uint8_t*>(to);                \
    for (int64_t i = 0; i < n; ++i) {                      \
      const T x = values[i];                               \
      y[i] = (expr) ? 1 : 0;                               \
    }                                                      \
  }
#include "loops/unary.def"
#undef UNARY
#undef PREDICATE

}  // namespace

#define UNARY(name, ...) &RunUnary<SMCLI_T, name##Fn<SMCLI_T>>,
#define PREDICATE(name, ...) &name##Loop<SMCLI_T>,

#define SMCLI_T float
constinit const UnaryLoop kUnaryF32[] = {
#include "loops/unary.def"
};
#undef SMCLI_T

#define SMCLI_T double
constinit const UnaryLoop kUnaryF64[] = {
#include "loops/unary.def"
};
#undef SMCLI_T
#undef UNARY
#undef PREDICATE

SMCLI_LOOPS_END
