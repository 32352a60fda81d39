// Requests to TensorFlow Serving that fit a signature: what to copy, fill in and send.
#pragma once

#include <string>
#include <string_view>

#include "model/signature.h"

namespace smcli {

class JsonWriter;

// curl against the REST interface, then grpcurl against the gRPC one, each with a value for every input: zeros in the
// signature's shapes, 1 for open dimensions. `model` is the name the server knows the model by.
std::string CurlText(const Signature& signature, std::string_view model);

// "predict", "classify", "regress": the verb of the REST interface.
std::string_view VerbOf(const Signature& signature);

// Can the request list its examples one by one ("instances")? Every input has an open first dimension.
bool HasRowFormat(const Signature& signature);

}  // namespace smcli
