// UTF-8 from files, made fit for people: what is valid, how wide it shows, and how to print it without harm.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace smcli {

// One step through text of any bytes.
struct CodePoint {
  static constexpr uint32_t kInvalid = 0xffffffffu;
  uint32_t value = kInvalid;  // kInvalid: a byte that begins no valid sequence; then length is 1
  int length = 1;             // bytes
};
// The code point that `text`, which is not empty, begins with. Surrogates and overlong forms are invalid.
CodePoint FirstCodePoint(std::string_view text);
// Appends the UTF-8 of a code point up to U+10FFFF that is not a surrogate; others become U+FFFD.
void AppendUtf8(uint32_t code_point, std::string& text);

bool IsValidUtf8(std::string_view text);

// Characters that a terminal obeys instead of showing: C0 and C1 controls, DEL, line and paragraph separators, and the
// bidirectional controls that let text pretend to stand elsewhere.
bool IsControl(uint32_t code_point);

// For a terminal or a text file: controls become \n, \t, \x1b or \u202e, bytes that are not UTF-8 become \xff.
std::string Escaped(std::string_view text);
void AppendEscaped(std::string_view text, std::string* out);
// Escaped, in double quotes, with " and \ escaped too.
std::string Quoted(std::string_view text);

// Columns on a terminal: East Asian wide characters and emoji take two, combining marks none. Controls count as none.
int DisplayWidth(std::string_view text);
// The beginning of `text` that fits into `width` columns, with "…" at its end where something was cut.
std::string FittedTo(std::string_view text, int width);

}  // namespace smcli
