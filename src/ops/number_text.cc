#include "ops/number_text.h"

#include <charconv>
#include <cstdlib>
#include <string>

namespace smcli {
namespace {

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kSpaces = " \t\n\v\f\r";
  const size_t first = text.find_first_not_of(kSpaces);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpaces) + 1 - first);
}

template <typename T>
bool ParseInteger(std::string_view text, T* value) {
  text = Trimmed(text);
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return false;
  }
  T parsed;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), parsed);
  if (error != std::errc() || end != text.data() + text.size()) return false;
  *value = parsed;
  return true;
}

// std::from_chars does not tell overflow from underflow; the C functions do, and take the same spellings.
template <typename T>
bool ParseFloat(std::string_view text, T* value, T (*parse)(const char*, char**)) {
  const std::string copy(Trimmed(text));
  if (copy.empty()) return false;
  char* end = nullptr;
  const T parsed = parse(copy.c_str(), &end);
  if (end != copy.c_str() + copy.size()) return false;
  *value = parsed;
  return true;
}

}  // namespace

bool ParseNumber(std::string_view text, float* value) { return ParseFloat(text, value, std::strtof); }
bool ParseNumber(std::string_view text, double* value) { return ParseFloat(text, value, std::strtod); }
bool ParseNumber(std::string_view text, int32_t* value) { return ParseInteger(text, value); }
bool ParseNumber(std::string_view text, int64_t* value) { return ParseInteger(text, value); }
bool ParseNumber(std::string_view text, uint32_t* value) { return ParseInteger(text, value); }
bool ParseNumber(std::string_view text, uint64_t* value) { return ParseInteger(text, value); }

}  // namespace smcli
