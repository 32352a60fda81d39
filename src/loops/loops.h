// Loops: the vector code of smcli, as a table of functions. The table exists once per CPU level (x86_64, x86_64_v3,
// x86_64_v4); CurrentLoops() is the best that this machine runs. A loop takes plain pointers and counts, allocates
// nothing and returns nothing; splitting work over threads and broadcasting are its caller's business (ops/).
#pragma once

#include <cstdint>

#include "loops/product_args.h"

namespace smcli {

// y[i] = f(x[i]) for i < n. y may be x.
using UnaryLoop = void (*)(const void* x, void* y, int64_t n);

// Which operand of a BinaryLoop is one element used for every i.
enum class Scalar : int { kNone = 0, kLeft = 1, kRight = 2 };
// y[i] = f(a[i], b[i]) for i < n. y may be a or b, unless that one is the scalar.
using BinaryLoop = void (*)(const void* a, const void* b, void* y, int64_t n, Scalar scalar);

enum class UnaryFn : int {
#define UNARY(name, ...) k##name,
#define PREDICATE(name, ...) k##name,
#include "loops/unary.def"
#undef UNARY
#undef PREDICATE
  kCount
};

enum class BinaryFn : int {
#define BINARY(name, ...) k##name,
#define COMPARE(name, ...) k##name,
#define LOOP(name, ...) k##name,
#include "loops/binary.def"
#undef BINARY
#undef COMPARE
#undef LOOP
  kCount
};

// The loops over elements of one type. Predicates and comparisons write bytes, 0 or 1.
struct ElementLoops {
  const UnaryLoop* unary;  // in the order of UnaryFn
  const BinaryLoop* binary;

  UnaryLoop operator[](UnaryFn fn) const { return unary[static_cast<int>(fn)]; }
  BinaryLoop operator[](BinaryFn fn) const { return binary[static_cast<int>(fn)]; }
};

// half and bfloat16, as their 16 bits, from and to float; rounding to nearest even.
struct Float16Loops {
  void (*half_to_float)(const uint16_t* x, float* y, int64_t n);
  void (*float_to_half)(const float* x, uint16_t* y, int64_t n);
  void (*bfloat16_to_float)(const uint16_t* x, float* y, int64_t n);
  void (*float_to_bfloat16)(const float* x, uint16_t* y, int64_t n);
};

// How the elements of `after` differ from those of `before`; added to by each call.
struct ChangeTotals {
  int64_t changed = 0;       // other bits: 0.0 and -0.0 differ, equal NaNs do not
  int64_t failed = 0;        // changed, and by more than both tolerances allow
  int64_t nan_appeared = 0;  // NaN after, a number before
  int64_t nan_gone = 0;
  int64_t inf_appeared = 0;
  double max_abs = 0;  // of |after - before| over the pairs where that is finite
  double sum_abs = 0;
};
// An element passes when |after - before| <= atol or <= rtol * |before|.
using ChangeLoop = void (*)(const void* before, const void* after, int64_t n, double atol, double rtol,
                            ChangeTotals* totals);
struct ChangeLoops {
  ChangeLoop f32;
  ChangeLoop f64;
  ChangeLoop half;
  ChangeLoop bfloat16;
};

// *y = the answer over x[0, n): for n = 0 the neutral element. NaN wins in maximum and minimum.
using ReduceLoop = void (*)(const void* x, int64_t n, void* y);
struct ReduceLoops {
  ReduceLoop sum;  // errors do not grow with n
  ReduceLoop sum_squares;
  ReduceLoop product;
  ReduceLoop maximum;
  ReduceLoop minimum;
};

// Over `rows` rows of n elements on end; y may be x.
struct SoftmaxLoops {
  void (*softmax)(const void* x, void* y, int64_t rows, int64_t n);
  void (*log_softmax)(const void* x, void* y, int64_t rows, int64_t n);
};

// out[c] = (first ? 0 : out[c]) + sum over t < taps of pixels[t][c] * weights[t][c], c < channels: an output pixel of a
// depthwise convolution, or as many of its taps as the caller has pointers for.
template <typename T>
using DepthwiseLoop = void (*)(const T* const* pixels, const T* const* weights, int64_t taps, bool first,
                               int64_t channels, T* out);
struct DepthwiseLoops {
  DepthwiseLoop<float> f32;
  DepthwiseLoop<double> f64;
};

struct Loops {
  const char* isa;  // "x86_64_v3"
  ElementLoops f32;
  ElementLoops f64;
  const Float16Loops* float16;
  const ChangeLoops* change;
  const ProductLoops<float>* product_f32;
  const ProductLoops<double>* product_f64;
  const DepthwiseLoops* depthwise;
  const ReduceLoops* reduce_f32;
  const ReduceLoops* reduce_f64;
  const SoftmaxLoops* softmax_f32;
  const SoftmaxLoops* softmax_f64;
};

// Chosen once, by CPUID; the environment variable SMCLI_ISA (a level's name) overrides, for tests and bug reports.
const Loops& CurrentLoops();

// Every table that this CPU can run, the lowest level first. For tests.
struct IsaList {
  const Loops* const* tables;
  int count;
};
IsaList AllIsas();

}  // namespace smcli
