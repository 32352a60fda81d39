#include "ops/element_function.h"

#include <algorithm>

namespace smcli {
namespace {

// Floats on the stack at a time while half and bfloat16 go through float.
constexpr int64_t kBlock = kFloat16Block;

// Rough costs, for the decision to use threads: arithmetic is bound by memory, functions by arithmetic.
constexpr double kCheap = 0.3;
constexpr double kDear = 2;

bool Cheap(UnaryFn fn) {
  switch (fn) {
    case UnaryFn::kAbs:
    case UnaryFn::kCeil:
    case UnaryFn::kFloor:
    case UnaryFn::kNeg:
    case UnaryFn::kRelu:
    case UnaryFn::kRelu6:
    case UnaryFn::kRint:
    case UnaryFn::kRound:
    case UnaryFn::kSign:
    case UnaryFn::kSquare:
    case UnaryFn::kIsFinite:
    case UnaryFn::kIsInf:
    case UnaryFn::kIsNan: return true;
    default: return false;
  }
}
bool Dear(BinaryFn fn) {
  switch (fn) {
    case BinaryFn::kAtan2:
    case BinaryFn::kFloorMod:
    case BinaryFn::kMod:
    case BinaryFn::kPow:
    case BinaryFn::kTruncateMod:
    case BinaryFn::kXlog1py:
    case BinaryFn::kXlogy:
    case BinaryFn::kNextAfter: return true;
    default: return false;
  }
}
bool IsPredicate(UnaryFn fn) { return fn == UnaryFn::kIsFinite || fn == UnaryFn::kIsInf || fn == UnaryFn::kIsNan; }
bool IsComparison(BinaryFn fn) {
  switch (fn) {
#define BINARY(...)
#define COMPARE(name, ...) case BinaryFn::k##name:
#define LOOP(...)
#include "loops/binary.def"
#undef BINARY
#undef COMPARE
#undef LOOP
    return true;
    default: return false;
  }
}

bool ThroughFloat(DataType dtype) { return dtype == DataType::kHalf || dtype == DataType::kBfloat16; }

}  // namespace

void WidenToFloat(DataType dtype, const void* from, float* to, int64_t n) {
  const Float16Loops& loops = *CurrentLoops().float16;
  const auto* bits = static_cast<const uint16_t*>(from);
  dtype == DataType::kHalf ? loops.half_to_float(bits, to, n) : loops.bfloat16_to_float(bits, to, n);
}
void NarrowFromFloat(DataType dtype, const float* from, void* to, int64_t n) {
  const Float16Loops& loops = *CurrentLoops().float16;
  auto* bits = static_cast<uint16_t*>(to);
  dtype == DataType::kHalf ? loops.float_to_half(from, bits, n) : loops.float_to_bfloat16(from, bits, n);
}

void UnaryFunction::operator()(const void* x, void* y, int64_t n) const {
  if (through == DataType::kInvalid) return loop(x, y, n);
  float block[kBlock];
  const auto* from = static_cast<const uint16_t*>(x);
  for (int64_t i = 0; i < n; i += kBlock) {
    const int64_t count = std::min(kBlock, n - i);
    WidenToFloat(through, from + i, block, count);
    if (predicate) {
      loop(block, static_cast<uint8_t*>(y) + i, count);
    } else {
      steps ? steps(through, block, block, count) : loop(block, block, count);
      NarrowFromFloat(through, block, static_cast<uint16_t*>(y) + i, count);
    }
  }
}

void BinaryFunction::operator()(const void* a, const void* b, void* y, int64_t n, Scalar scalar) const {
  if (through == DataType::kInvalid) return loop(a, b, y, n, scalar);
  float left[kBlock], right[kBlock];
  const auto* from_a = static_cast<const uint16_t*>(a);
  const auto* from_b = static_cast<const uint16_t*>(b);
  for (int64_t i = 0; i < n; i += kBlock) {
    const int64_t count = std::min(kBlock, n - i);
    scalar == Scalar::kLeft ? WidenToFloat(through, from_a, left, 1) : WidenToFloat(through, from_a + i, left, count);
    scalar == Scalar::kRight ? WidenToFloat(through, from_b, right, 1)
                             : WidenToFloat(through, from_b + i, right, count);
    if (comparison) {
      loop(left, right, static_cast<uint8_t*>(y) + i, count, scalar);
      continue;
    }
    float* result = scalar == Scalar::kLeft ? right : left;
    steps ? steps(through, left, right, result, count, scalar) : loop(left, right, result, count, scalar);
    NarrowFromFloat(through, result, static_cast<uint16_t*>(y) + i, count);
  }
}

UnaryFunction FindUnary(UnaryFn fn, DataType dtype) {
  UnaryFunction function;
  function.predicate = IsPredicate(fn);
  function.nanoseconds = Cheap(fn) ? kCheap : kDear;
  const Loops& loops = CurrentLoops();
  if (dtype == DataType::kFloat || ThroughFloat(dtype)) {
    function.loop = loops.f32[fn];
    if (dtype != DataType::kFloat) {
      function.through = dtype;
      function.steps = FindFloat16Steps(fn);
    }
  } else if (dtype == DataType::kDouble) {
    function.loop = loops.f64[fn];
  } else {
    function.loop = PlainUnaryLoop(fn, dtype);
  }
  return function;
}

BinaryFunction FindBinary(BinaryFn fn, DataType dtype) {
  BinaryFunction function;
  function.comparison = IsComparison(fn);
  function.nanoseconds = Dear(fn) ? kDear : kCheap;
  const Loops& loops = CurrentLoops();
  if (dtype == DataType::kFloat || ThroughFloat(dtype)) {
    function.loop = loops.f32[fn];
    if (dtype != DataType::kFloat) {
      function.through = dtype;
      function.steps = FindFloat16Steps(fn);
    }
  } else if (dtype == DataType::kDouble) {
    function.loop = loops.f64[fn];
  } else {
    function.loop = PlainBinaryLoop(fn, dtype);
  }
  return function;
}

}  // namespace smcli
