// NumPy arrays as tensors: how Python values become arrays, and arithmetic between arrays with NumPy's types and
// broadcasting. Errors are `UsageError`s in NumPy's sense.
#pragma once

#include <optional>
#include <string_view>

#include "base/result.h"
#include "formats/python_value.h"
#include "tensor/tensor.h"

namespace smcli {

// numpy.array(value): bool, int64 (uint64 where int64 does not suffice), float64, complex128 or strings; nested
// sequences give the shape, arrays inside them count with their own dtype. Ragged nesting, None and dicts are refused.
Result<Tensor> ArrayFromPython(const PythonValue& value);

// What NumPy calls a dtype: "float32", "float", "i8", "<f4", "bfloat16", "str". Note that "float" is float64 here.
std::optional<DataType> NumpyDtype(std::string_view name);
// What tf.NAME is: "float32", "half", "qint8".
std::optional<DataType> TensorFlowDtype(std::string_view name);

// array.astype(dtype) between numbers and bool, strings to strings.
Result<Tensor> CastArray(const Tensor& array, DataType dtype);

// `op` is one of + - * / // % **. At least one side is an array; Python numbers beside it bend to its dtype, as since
// NumPy 2.
Result<Tensor> ArrayBinary(std::string_view op, const PythonValue& left, const PythonValue& right);
Result<Tensor> ArrayNegative(const Tensor& array);

// The dtype that holds both, as numpy.promote_types; kInvalid when there is none.
DataType PromoteTypes(DataType a, DataType b);

}  // namespace smcli
