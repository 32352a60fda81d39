// Tensors as text, the way NumPy prints arrays: one width per column of numbers, long rows wrapped, large arrays
// summarised.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tensor/tensor.h"

namespace smcli {

// numpy.get_printoptions(), with NumPy's defaults.
struct PrintOptions {
  int precision = 8;         // digits after the point at most
  int64_t threshold = 1000;  // more elements than this are summarised: the first and last of each dimension
  int edge_items = 3;
  int line_width = 75;
};

// str(array) of NumPy 2.4, where strings stand as Python bytes: b'...'. A scalar prints as str() of a NumPy scalar.
// bfloat16 and the eight-bit floats print as ml_dtypes prints them, quantised types as their integers, handles and
// variants by their type's name.
std::string NumpyText(const Tensor& tensor, const PrintOptions& options = {});

// repr() of a Python bytes object: b'a\n\xff'.
std::string PythonBytesText(std::string_view bytes);

}  // namespace smcli
