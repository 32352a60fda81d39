// Arithmetic between NumPy arrays, with NumPy's types and broadcasting. Errors are `UsageError`s in NumPy's sense.
#pragma once

#include <string_view>

#include "base/result.h"
#include "formats/python_value.h"
#include "tensor/tensor.h"

namespace smcli {

// `op` is one of + - * / // % **. At least one side is an array; Python numbers beside it bend to its dtype, as since
// NumPy 2.
Result<Tensor> ArrayBinary(std::string_view op, const PythonValue& left, const PythonValue& right);
Result<Tensor> ArrayNegative(const Tensor& array);

}  // namespace smcli
