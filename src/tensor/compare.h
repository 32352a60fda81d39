// How far two tensors are apart, in the figures that people set tolerances by.
#pragma once

#include <cstdint>
#include <string>

#include "tensor/tensor.h"

namespace smcli {

// An element of `got` passes when |got - want| <= atol or |got - want| / |want| <= rtol, whichever is easier; the
// quotient has 2.2e-16 for a `want` of zero. NaN equals NaN, an infinity itself.
struct Tolerances {
  double atol = 1e-5;
  double rtol = 1e-5;
};

struct Comparison {
  std::string mismatch;  // why elements cannot be paired: other shapes, a string against a number; else empty
  int64_t elements = 0;
  int64_t failed = 0;         // elements outside the tolerances
  int64_t first_failed = -1;  // flat index
  // Over the pairs in which both are finite, or equal:
  double max_abs = 0, mean_abs = 0;
  double max_rel = 0, mean_rel = 0;
  int64_t max_abs_at = -1;  // flat index; -1 when there are no elements
  // Pairs that no tolerance helps: NaN or infinity on one side only, other signs of infinity, different strings or
  // bools.
  int64_t incomparable = 0;

  bool passed() const { return mismatch.empty() && failed == 0; }
};

// Numbers of any two real or complex dtypes are compared by value, exactly where both are integers; bool with bool,
// strings with strings. Each of max_abs (as atol) and max_rel (as rtol) is the smallest that would let every comparable
// pair pass.
Comparison Compare(const Tensor& got, const Tensor& want, const Tolerances& tolerances);

// How many of the k largest of each row (the last dimension) are the same entries in both, as a fraction of all; ties
// go to the lower index. -1 when the shapes differ, are scalar, or rows have no more than k entries.
double TopAgreement(const Tensor& got, const Tensor& want, int k);

// "[2,0,1]" of a flat index.
std::string IndexText(const Shape& shape, int64_t flat_index);

}  // namespace smcli
