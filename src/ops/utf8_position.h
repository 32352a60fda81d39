// Places in UTF-8 text as string ops count them: a character starts at every byte that is not a continuation byte,
// valid or not.
#pragma once

#include <cstdint>
#include <string_view>

namespace smcli {

// How many bytes start a character.
int64_t CountUtf8Characters(std::string_view text);

// Moves `at` over `count` characters, to the end or to the start of the text at most. How many were left to go.
// Continuation bytes at the start of the text count as one character, as in TensorFlow's core/util/utf8.h.
int64_t AdvanceUtf8(std::string_view text, size_t& at, int64_t count);
int64_t RetreatUtf8(std::string_view text, size_t& at, int64_t count);

}  // namespace smcli
