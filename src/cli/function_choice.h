// Which concrete function of an object serves a call, and how its flat tensors are called (loading.md 3.5).
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/input_fitting.h"
#include "cli/input_value.h"
#include "model/functions.h"
#include "model/object_graph.h"
#include "model/signature.h"

namespace smcli {

struct FunctionChoice {
  const ConcreteFunction* function = nullptr;
  std::vector<TensorSpec> inputs;   // by argument and path: "x", "batch/inner/b/0"; in the order of the FunctionDef
  std::vector<TensorSpec> outputs;  // by path in the result; a lone tensor is "output_0"
  InputValues values;               // one per input; arguments that were not given have their defaults
};

// `path` is that of the object graph: "__call__", "sub.double". An argument that is not given is its default, else
// None. The first function, in the order of tracing, whose tensors accept the values and whose Python values equal
// them; where there is none, the first to which the values can be converted. `NotFoundError` for the path; `UsageError`
// lists what there is.
Result<FunctionChoice> ChooseFunction(const ObjectGraph& objects, const FunctionLibrary& library, std::string_view path,
                                      const InputValues& values, NumberConversion conversion);

}  // namespace smcli
