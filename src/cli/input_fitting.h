// Makes the tensor that a model takes from what the user gave.
#pragma once

#include <string_view>

#include "base/result.h"
#include "cli/input_value.h"
#include "model/signature.h"

namespace smcli {

enum class NumberConversion {
  kExact,  // integers into floats when they are exact, float32 into bfloat16, typed numbers into any type that holds
           // them
  kNumpy,  // as numpy's astype between numbers: --cast, and saved_model_cli
};

// The tensor for `spec`, whose dtype is known. `UsageError`, naming both dtypes or both shapes, when the value does not
// fit.
Result<Tensor> FitInput(const InputValue& value, const TensorSpec& spec, NumberConversion conversion);

// The number that a text of white space or commas between numbers holds, as [rows, columns]. `UsageError` with the
// line.
Result<Tensor> ParseNumberTable(std::string_view text);
// The lines of a text without their ends; a last empty one does not count.
Tensor SplitLines(std::string_view text);

}  // namespace smcli
