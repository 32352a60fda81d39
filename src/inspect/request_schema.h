// JSON Schema and OpenAPI for TensorFlow Serving's REST interface: both follow from the signatures alone.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "model/signature.h"

namespace smcli {

// A JSON Schema (draft 2020-12) with the definitions "request" and "response" of one signature.
std::string RequestSchema(const Signature& signature, std::string_view model);

// An OpenAPI 3.1 document of a model: one operation per verb that its signatures use, and the model's status.
std::string OpenApiDocument(std::span<const Signature> signatures, std::string_view model);

}  // namespace smcli
