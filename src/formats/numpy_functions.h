// The part of NumPy that expressions speak: a closed table of functions and methods over Python values.
#pragma once

#include <span>
#include <string_view>

#include "base/result.h"
#include "formats/numpy_arguments.h"
#include "formats/numpy_random.h"
#include "formats/python_value.h"

namespace smcli {

struct NumpyFunction {
  std::string_view name;  // "np.ones"; of a method ".reshape", whose first argument is the array
  std::span<const std::string_view> parameters;
  size_t required = 0;
  Result<PythonValue> (*call)(const NumpyArguments& arguments, NumpyRandom& random);
  bool dimensions = false;  // what follows the parameters are dimensions: np.random.rand(2, 3), a.reshape(2, 3)
};
std::span<const NumpyFunction> NumpyArrayFunctions();
std::span<const NumpyFunction> NumpyRandomFunctions();

// The value of a Python expression in which `np` and `numpy` name the functions above, dtypes and constants, and `tf`
// dtypes. A dtype is a value of its own, for functions that take one.
Result<PythonValue> EvaluateNumpy(std::string_view text, NumpyRandom& random);

}  // namespace smcli
