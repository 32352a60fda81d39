// Scatter: rows of one tensor combined into rows of another, at places that repeat or not.
#pragma once

#include <cstdint>
#include <span>

#include "base/result.h"
#include "tensor/tensor.h"

namespace smcli {

// What happens to an element that is already there. Strings only know kUpdate and kAdd (append), bool kAdd (or) too.
// Where one of two floats is NaN, kMin and kMax keep the one that is there, kLastMin and kLastMax take the other.
enum class ScatterAction { kUpdate, kAdd, kSub, kMul, kDiv, kMin, kMax, kLastMin, kLastMax };

// For each i in order, combines row i of `updates` (or its only element, when it is a scalar and `repeat`) into row
// places[i] of `target`; a row has `slice` elements, a negative place is passed over. Both tensors have the same dtype,
// the places lie inside. `UnsupportedError` when the dtype does not know the action, ModelError for an integer
// division by zero.
Status ScatterRows(ScatterAction action, std::span<const int64_t> places, int64_t slice, const Tensor& updates,
                   bool repeat, Tensor& target);

}  // namespace smcli
