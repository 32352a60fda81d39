// NumPy arrays as tensors: how Python values become arrays. Errors are `UsageError`s in NumPy's sense.
#pragma once

#include "base/result.h"
#include "formats/python_value.h"
#include "tensor/tensor.h"

namespace smcli {

// numpy.array(value): bool, int64 (uint64 where int64 does not suffice), float64, complex128 or strings; nested
// sequences give the shape, arrays inside them count with their own dtype. Ragged nesting, None and dicts are refused.
Result<Tensor> ArrayFromPython(const PythonValue& value);

// array.astype(dtype) between numbers and bool, strings to strings.
Result<Tensor> CastArray(const Tensor& array, DataType dtype);

}  // namespace smcli
