// The rows of special.def as loops, and the incomplete beta function, which has three arguments and so no row.
#pragma once

#include "loops/loops.h"

namespace smcli {

enum class SpecialFn : int {
#define SPECIAL(name, ...) k##name,
#define SPECIAL2(name, ...) k##name,
#define GRADIENT(name, ...) k##name,
#include "loops/special.def"
#undef SPECIAL
#undef SPECIAL2
#undef GRADIENT
};

// What a row can be computed on; integers only for GRADIENT rows of all real numbers, complex numbers only for those of
// kComplexes.
enum class SpecialType {
  kFloat,
  kDouble,
  kInt8,
  kInt16,
  kInt32,
  kInt64,
  kUint8,
  kUint16,
  kUint32,
  kUint64,
  kComplex64,
  kComplex128
};

// Null where the row is of another kind, or not of this type.
UnaryLoop SpecialUnaryLoop(SpecialFn fn, SpecialType type);
BinaryLoop SpecialBinaryLoop(SpecialFn fn, SpecialType type);

// y[i] = I_x[i](a[i], b[i]) for i < n, by Eigen as TensorFlow has it. A step is 1, or 0 for one number for all i.
// T: float or double.
template <typename T>
void Betainc(const T* a, int a_step, const T* b, int b_step, const T* x, int x_step, T* y, int64_t n);

}  // namespace smcli
