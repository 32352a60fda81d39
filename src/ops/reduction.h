// Reductions over any axes of a tensor: the shape of the answer, and the walk that feeds loops with what lies on end.
#pragma once

#include <span>

#include "base/result.h"
#include "loops/loops.h"
#include "ops/int_args.h"
#include "ops/kernel.h"
#include "tensor/tensor.h"

namespace smcli {

// What joins many elements into one.
struct Reducer {
  ReduceLoop run = nullptr;      // n elements on end
  BinaryLoop combine = nullptr;  // two runs, element by element
  DataType dtype = DataType::kInvalid;
};

// Which axes go. ModelError for an axis out of range or one that is named twice.
struct ReducedAxes {
  static Result<ReducedAxes> Make(const Tensor& axes, int rank);
  IntList reduced;  // one entry per axis of the input: 1 where it goes
};
// The input's shape without the reduced axes, or with extents of 1 for them.
Result<Shape> ReducedShape(const Shape& shape, const ReducedAxes& axes, bool keep_dims);

// `input`, of the reducer's dtype, reduced; the answer has the shape given, which ReducedShape made. The order in which
// elements are joined depends on the shape alone, not on the threads.
Result<Tensor> Reduce(ThreadPool& pool, const Tensor& input, const ReducedAxes& axes, const Shape& shape,
                      const Reducer& reducer);

// Sum, product, maximum and minimum over numbers; conjunction and disjunction over bool. Empty (run == nullptr) for
// other types.
enum class Reduction { kSum, kProduct, kMaximum, kMinimum, kAll, kAny };
Reducer FindReducer(Reduction reduction, DataType dtype);

}  // namespace smcli
