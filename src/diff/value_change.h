// How the values of a variable changed.
#pragma once

#include <cstdint>

#include "loops/loops.h"
#include "tensor/tensor.h"

namespace smcli {

struct ValueChange {
  int64_t elements = 0;
  int64_t changed = 0;  // other bits; of tensors of two dtypes, other numbers
  int64_t failed = 0;   // changed by more than the tolerances allow
  int64_t nan_appeared = 0, nan_gone = 0, inf_appeared = 0;
  double max_abs = 0;
  double mean_abs = 0;      // over all elements
  bool has_numbers = true;  // false: strings, bools and the like, which have no distance
};

struct ValueTolerances {
  double atol = 0;
  double rtol = 0;
};

// Two runs of elements of one plain dtype, of equal length.
ChangeTotals ChangeOfElements(DataType dtype, const void* before, const void* after, int64_t n,
                              const ValueTolerances& tolerances);
// Has the dtype numbers that can be told apart by distance?
bool HasNumbers(DataType dtype);

// Any two tensors of as many elements: strings, and numbers of two dtypes, by value.
ValueChange ChangeOfTensors(const Tensor& before, const Tensor& after, const ValueTolerances& tolerances);

}  // namespace smcli
