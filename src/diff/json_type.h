// What a dtype is in TensorFlow Serving's JSON, and which JSON values it takes.
#pragma once

#include <string_view>

#include "model/signature.h"

namespace smcli {

// Is every JSON value of dtype `narrow` also one of `wide`? Integers lie in each other by range, all of them in the
// real numbers, which are all alike; bool, string and what has no JSON form lie only in themselves.
bool JsonTypeIncludes(const TensorSpec& wide, const TensorSpec& narrow);

// "boolean", "string", "integer", "number", or "no JSON type".
std::string_view JsonTypeName(DataType dtype);

}  // namespace smcli
