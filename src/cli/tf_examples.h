// tf.Example messages from what --input_examples says.
#pragma once

#include <string_view>

#include "base/result.h"
#include "formats/python_value.h"
#include "tensor/tensor.h"

namespace smcli {

// From a list of dicts of feature lists, [{"age": [21], "name": ["a"]}], the serialised messages as strings of shape
// [n]. The first element of a list decides its kind: float, int (bool too), str or bytes. Features are written in the
// order of their names, so equal examples have equal bytes. `UsageError` in saved_model_cli's sense.
Result<Tensor> SerializeExamples(const PythonValue& examples);

}  // namespace smcli
