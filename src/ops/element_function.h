// Element-wise functions on tensors' elements: a loop of loops/ for float and double, the same through float for half
// and bfloat16, a plain loop for integers and complex numbers.
#pragma once

#include <cstdint>

#include "loops/loops.h"
#include "ops/float16_steps.h"
#include "tensor/dtype.h"

namespace smcli {

// y[i] = f(x[i]) over elements of one dtype; y may be x. Bytes (0, 1) come out of predicates.
struct UnaryFunction {
  UnaryLoop loop = nullptr;
  DataType through = DataType::kInvalid;  // kHalf, kBfloat16: the loop takes the elements as floats
  bool predicate = false;
  double nanoseconds = 1;             // an element's cost, about
  UnaryFloat16Steps steps = nullptr;  // with `through`, where it takes several: in place of the loop

  explicit operator bool() const { return loop != nullptr; }
  void operator()(const void* x, void* y, int64_t n) const;
};

struct BinaryFunction {
  BinaryLoop loop = nullptr;
  DataType through = DataType::kInvalid;
  bool comparison = false;
  double nanoseconds = 1;
  BinaryFloat16Steps steps = nullptr;

  explicit operator bool() const { return loop != nullptr; }
  void operator()(const void* a, const void* b, void* y, int64_t n, Scalar scalar) const;
};

// Empty when the row of unary.def or binary.def does not take the dtype.
UnaryFunction FindUnary(UnaryFn fn, DataType dtype);
BinaryFunction FindBinary(BinaryFn fn, DataType dtype);

// For integers and complex numbers.
UnaryLoop PlainUnaryLoop(UnaryFn fn, DataType dtype);
BinaryLoop PlainBinaryLoop(BinaryFn fn, DataType dtype);

// half or bfloat16 (what `dtype` says) from and to float.
void WidenToFloat(DataType dtype, const void* from, float* to, int64_t n);
void NarrowFromFloat(DataType dtype, const float* from, void* to, int64_t n);

}  // namespace smcli
