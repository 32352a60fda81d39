// Numbers written as text, read the way TensorFlow's kernels read them: white space around the number is skipped, the
// rest must be a number from end to end. Integers are decimal; floats may be hexadecimal, inf or nan, and overflow to
// infinity.
#pragma once

#include <cstdint>
#include <string_view>

namespace smcli {

// False, and `value` unchanged, when the text is no number of that type.
bool ParseNumber(std::string_view text, float* value);
bool ParseNumber(std::string_view text, double* value);
bool ParseNumber(std::string_view text, int32_t* value);
bool ParseNumber(std::string_view text, int64_t* value);
bool ParseNumber(std::string_view text, uint32_t* value);
bool ParseNumber(std::string_view text, uint64_t* value);

}  // namespace smcli
