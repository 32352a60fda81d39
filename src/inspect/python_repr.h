// Values as Python's repr() writes them, for texts that must equal those of Python programs.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "model/structured_value.h"

namespace smcli {

std::string PythonRepr(std::string_view text);  // 'serve'; control characters and bytes that are not UTF-8 escaped
std::string PythonRepr(double value);           // 1.0, 1e-05, inf
std::string PythonRepr(const StructuredValue& value);

// What str() gives where it differs from repr(): strings, shapes and dtypes.
std::string PythonStr(const StructuredValue& value);
// type(value).__name__
std::string PythonTypeName(const StructuredValue& value);

}  // namespace smcli
