#include "cli/assignments.h"

#include "base/text.h"
#include "base/utf8.h"

namespace smcli {

namespace {

// Length of the value that `text` begins with, up to a ';' outside of quotes and brackets.
size_t LiteralLength(std::string_view text) {
  int depth = 0;
  char quote = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0) {
      if (c == '\\') ++i;
      if (c == quote) quote = 0;
    } else if (c == '\'' || c == '"') {
      quote = c;
    } else if (c == '[' || c == '(' || c == '{') {
      ++depth;
    } else if (c == ']' || c == ')' || c == '}') {
      --depth;
    } else if (c == ';' && depth <= 0) {
      return i;
    }
  }
  return text.size();
}

bool LooksLiteral(std::string_view value) {
  const size_t first = value.find_first_not_of(' ');
  return first != std::string_view::npos && std::string_view("[({'\"").find(value[first]) != std::string_view::npos;
}

}  // namespace

Result<std::vector<Assignment>> SplitAssignments(std::string_view text, std::string_view flag, bool all_literals) {
  std::vector<Assignment> out;
  while (!text.empty()) {
    if (text[0] == ';') {
      text.remove_prefix(1);
      continue;
    }
    const size_t equals = text.find('='), separator = text.find(';');
    const std::string_view name = Trimmed(text.substr(0, equals));
    if (equals == std::string_view::npos || (separator != std::string_view::npos && separator < equals) ||
        name.empty()) {
      return UsageError("{} {}: the form is NAME=VALUE, several separated by ';'", flag,
                        Quoted(text.substr(0, separator)));
    }
    text.remove_prefix(equals + 1);
    const size_t length =
        all_literals || LooksLiteral(text) ? LiteralLength(text) : std::min(text.find(';'), text.size());
    out.push_back({std::string(name), std::string(text.substr(0, length))});
    text.remove_prefix(length);
  }
  return out;
}

Assignment SplitScoped(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return {"", std::string(text)};
  return {std::string(text.substr(0, colon)), std::string(text.substr(colon + 1))};
}

}  // namespace smcli
