// Request and response bodies of TensorFlow Serving's REST API.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/input_value.h"
#include "formats/python_value.h"
#include "model/signature.h"

namespace smcli {

class Json;

struct RestRequest {
  std::optional<std::string> signature_name;
  bool rows = false;   // "instances": one value per example; else "inputs": one value per input
  InputValues values;  // under the key "" where the body names no input, which is right for models with one
};

// `UsageError` for a body that is no JSON, has both or neither of "instances" and "inputs", or instances of unlike
// keys. `place` begins messages.
Result<RestRequest> ParseRestRequest(std::string_view body, std::string_view place);

// {"predictions": [...]} for rows, else {"outputs": ...}. A single output stands without its name; strings of outputs
// whose name ends in "_bytes", and those that are no UTF-8, are {"b64": "..."}. `UsageError` for rows when an output
// has no row per example.
Result<std::string> RestResponse(std::span<const TensorSpec> specs, std::span<const Tensor> outputs, bool rows);

// JSON as the Python value that means the same: {"b64": "..."} is bytes, other objects are dicts.
Result<PythonValue> PythonFromJson(const Json& json);

}  // namespace smcli
