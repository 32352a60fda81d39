#include "base/utf8.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <span>

namespace smcli {
namespace {

struct Range {
  uint32_t first, last;
};

// Characters of no width: the combining marks and format characters of the Unicode character database (general
// categories Mn, Me, Cf) for the scripts that names are written in.
constexpr Range kZeroWidth[] = {
    {0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd}, {0x05bf, 0x05bf}, {0x05c1, 0x05c2},   {0x05c4, 0x05c5},
    {0x0610, 0x061a}, {0x064b, 0x065f}, {0x0670, 0x0670}, {0x06d6, 0x06dc}, {0x06df, 0x06e4},   {0x0900, 0x0902},
    {0x093c, 0x093c}, {0x0941, 0x0948}, {0x094d, 0x094d}, {0x0e31, 0x0e31}, {0x0e34, 0x0e3a},   {0x0e47, 0x0e4e},
    {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x200b, 0x200f}, {0x202a, 0x202e}, {0x2060, 0x2064},   {0x2066, 0x206f},
    {0x20d0, 0x20f0}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}, {0xfeff, 0xfeff}, {0xe0001, 0xe007f}, {0xe0100, 0xe01ef},
};

// Characters two columns wide: East_Asian_Width W and F of the Unicode character database, neighbours joined.
constexpr Range kWide[] = {
    {0x1100, 0x115f},   {0x231a, 0x231b},   {0x2329, 0x232a},   {0x23e9, 0x23ec},   {0x2614, 0x2615},
    {0x2648, 0x2653},   {0x26a1, 0x26a1},   {0x2705, 0x2705},   {0x274c, 0x274c},   {0x2753, 0x2755},
    {0x2b1b, 0x2b1c},   {0x2e80, 0x303e},   {0x3041, 0x33ff},   {0x3400, 0x4dbf},   {0x4e00, 0x9fff},
    {0xa000, 0xa4cf},   {0xa960, 0xa97f},   {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe30, 0xfe6f},
    {0xff00, 0xff60},   {0xffe0, 0xffe6},   {0x17000, 0x18cff}, {0x1b000, 0x1b2ff}, {0x1f300, 0x1f64f},
    {0x1f680, 0x1f6ff}, {0x1f7e0, 0x1f7eb}, {0x1f900, 0x1faff}, {0x20000, 0x3fffd},
};

bool Contains(std::span<const Range> ranges, uint32_t value) {
  const auto after = std::ranges::upper_bound(ranges, value, {}, &Range::first);
  return after != ranges.begin() && value <= std::prev(after)->last;
}

// Eight bytes, of which each is printable ASCII.
bool IsPlainWord(const char* at) {
  // The top bit of a byte of `odd` is set where the byte is 0x80 or more, 0x7f, or below 0x20.
  constexpr uint64_t kOnes = 0x0101010101010101;
  uint64_t word;
  std::memcpy(&word, at, sizeof word);
  const uint64_t odd = word | (word + kOnes) | (word - kOnes * 0x20);
  return (odd & kOnes * 0x80) == 0;
}

// Only printable ASCII, as nearly all names are: then every byte is a character of one column.
bool IsPlain(std::string_view text) {
  if (text.size() < 8) return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f; });
  const char* last = text.data() + text.size() - 8;  // may look at some bytes twice
  for (const char* at = text.data(); at < last; at += 8) {
    if (!IsPlainWord(at)) return false;
  }
  return IsPlainWord(last);
}

int WidthOf(uint32_t value) {
  if (value < 0x300) return IsControl(value) ? 0 : 1;
  if (value == CodePoint::kInvalid) return 1;
  if (Contains(kZeroWidth, value)) return 0;
  return Contains(kWide, value) ? 2 : 1;
}

void AppendEscape(std::string_view bytes, uint32_t value, std::string& out) {
  switch (value) {
    case '\n': out += "\\n"; return;
    case '\t': out += "\\t"; return;
    case '\r': out += "\\r"; return;
    default: break;
  }
  if (value == CodePoint::kInvalid || value < 0x80) {
    fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned>(static_cast<uint8_t>(bytes[0])));
  } else {
    fmt::format_to(std::back_inserter(out), "\\u{:04x}", value);
  }
}

}  // namespace

CodePoint FirstCodePoint(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint32_t>(static_cast<uint8_t>(text[i])); };
  const uint32_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const int length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < static_cast<size_t>(length)) return {};
  uint32_t value = lead & (0x7fu >> length);
  for (int i = 1; i < length; ++i) {
    const uint32_t next = byte(static_cast<size_t>(i));
    if ((next & 0xc0u) != 0x80u) return {};
    value = value << 6 | (next & 0x3fu);
  }
  constexpr uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  if (value < kLeast[length] || value > 0x10ffff || (value >= 0xd800 && value < 0xe000)) return {};
  return {value, length};
}

void AppendUtf8(uint32_t code_point, std::string& text) {
  if (code_point > 0x10ffff || (code_point >= 0xd800 && code_point < 0xe000)) code_point = 0xfffd;
  const auto tail = [&](int shift) { text += static_cast<char>(0x80u | (code_point >> shift & 0x3fu)); };
  if (code_point < 0x80) {
    text += static_cast<char>(code_point);
  } else if (code_point < 0x800) {
    text += static_cast<char>(0xc0u | code_point >> 6);
    tail(0);
  } else if (code_point < 0x10000) {
    text += static_cast<char>(0xe0u | code_point >> 12);
    tail(6), tail(0);
  } else {
    text += static_cast<char>(0xf0u | code_point >> 18);
    tail(12), tail(6), tail(0);
  }
}

bool IsValidUtf8(std::string_view text) {
  while (!text.empty()) {
    const CodePoint point = FirstCodePoint(text);
    if (point.value == CodePoint::kInvalid) return false;
    text.remove_prefix(static_cast<size_t>(point.length));
  }
  return true;
}

bool IsControl(uint32_t code_point) {
  if (code_point < 0x20 || (code_point >= 0x7f && code_point < 0xa0)) return true;
  return code_point == 0x061c || (code_point >= 0x200e && code_point <= 0x200f) ||
         (code_point >= 0x2028 && code_point <= 0x202e) || (code_point >= 0x2066 && code_point <= 0x2069);
}

void AppendEscaped(std::string_view text, std::string* out) {
  if (IsPlain(text)) {
    *out += text;
    return;
  }
  while (!text.empty()) {
    const CodePoint point = FirstCodePoint(text);
    const auto length = static_cast<size_t>(point.length);
    if (point.value == CodePoint::kInvalid || IsControl(point.value)) {
      AppendEscape(text, point.value, *out);
    } else {
      *out += text.substr(0, length);
    }
    text.remove_prefix(length);
  }
}

std::string Escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  AppendEscaped(text, &out);
  return out;
}

std::string Quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : Escaped(text)) {
    if (c == '"') out += '\\';
    out += c;
  }
  return out + '"';
}

int DisplayWidth(std::string_view text) {
  if (IsPlain(text)) return static_cast<int>(text.size());
  int width = 0;
  while (!text.empty()) {
    const CodePoint point = FirstCodePoint(text);
    width += WidthOf(point.value);
    text.remove_prefix(static_cast<size_t>(point.length));
  }
  return width;
}

std::string FittedTo(std::string_view text, int width) {
  if (DisplayWidth(text) <= width) return std::string(text);
  int used = 0;
  size_t end = 0;
  while (end < text.size()) {
    const CodePoint point = FirstCodePoint(text.substr(end));
    used += WidthOf(point.value);
    if (used > width - 1) break;
    end += static_cast<size_t>(point.length);
  }
  return width < 1 ? std::string() : std::string(text.substr(0, end)) + "…";
}

}  // namespace smcli
