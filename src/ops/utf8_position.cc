#include "ops/utf8_position.h"

#include <algorithm>

namespace smcli {
namespace {

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

}  // namespace

int64_t CountUtf8Characters(std::string_view text) {
  return std::ranges::count_if(text, [](char c) { return !IsContinuation(c); });
}

int64_t AdvanceUtf8(std::string_view text, size_t& at, int64_t count) {
  for (; count > 0 && at < text.size(); --count) {
    ++at;
    while (at < text.size() && IsContinuation(text[at])) ++at;
  }
  return count;
}

int64_t RetreatUtf8(std::string_view text, size_t& at, int64_t count) {
  for (; count > 0 && at > 0; --count) {
    --at;
    while (at > 0 && IsContinuation(text[at])) --at;
  }
  return count;
}

}  // namespace smcli
