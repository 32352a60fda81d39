// A tensor in slices along one axis, [outer, count, inner]: what quantisation with a range per channel works on.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "tensor/shape.h"

namespace smcli {

// Axis -1: the whole tensor is one slice.
struct AxisSlices {
  int64_t outer = 1, count = 1, inner = 1;

  static Result<AxisSlices> Of(const Shape& shape, int64_t axis) {
    if (axis < -1 || axis >= shape.rank()) {
      return ModelError("Axis must be less than input dimension({}), got {}", shape.rank(), axis);
    }
    if (axis == -1) return AxisSlices{1, 1, shape.num_elements()};
    const int at = static_cast<int>(axis);
    return AxisSlices{shape.Product(0, at), shape.dim(at), shape.Product(at + 1, shape.rank())};
  }
  // f(slice, first element, count) for every run of one slice.
  template <typename F>
  void ForEachRun(F&& f) const {
    for (int64_t o = 0; o < outer; ++o) {
      for (int64_t s = 0; s < count; ++s) f(s, (o * count + s) * inner, inner);
    }
  }
};

}  // namespace smcli
