#include "report/layout.h"

#include <algorithm>

#include "base/utf8.h"

namespace smcli {

std::string Shortened(std::string_view text, int width) {
  if (DisplayWidth(text) <= width) return std::string(text);
  if (width <= 1) return width == 1 ? "…" : "";
  const std::string head = FittedTo(text, (width - 1) / 2 + 1);  // ends in the ellipsis
  // Drops characters from the front of the rest until it fits.
  std::string_view tail = text;
  for (int rest = DisplayWidth(text); rest > width - DisplayWidth(head);) {
    const auto length = static_cast<size_t>(FirstCodePoint(tail).length);
    rest -= DisplayWidth(tail.substr(0, length));
    tail.remove_prefix(length);
  }
  return head + std::string(tail);
}

std::string Wrap(std::string_view text, int indent, int width) {
  const std::string margin(static_cast<size_t>(indent), ' ');
  std::string out;
  int column = indent;
  for (size_t at = 0; at < text.size();) {
    if (text[at] == '\n') {
      out += '\n';
      if (at + 1 < text.size() && text[at + 1] != '\n') out += margin;
      column = indent;
      ++at;
      continue;
    }
    const size_t end = std::min(text.find_first_of(" \n", at), text.size());
    const std::string_view word = text.substr(at, end - at);
    const int word_width = DisplayWidth(word);
    if (column > indent && column + 1 + word_width > width) {
      out += '\n' + margin;
      column = indent;
    }
    if (column > indent) out += ' ', ++column;
    out += word;
    column += word_width;
    at = end < text.size() && text[end] == ' ' ? end + 1 : end;
  }
  return out;
}

std::string Padded(std::string_view text, int width) {
  const int missing = width - DisplayWidth(text);
  return std::string(text) + std::string(static_cast<size_t>(std::max(missing, 0)), ' ');
}

std::string RightAligned(std::string_view text, int width) {
  const int missing = width - DisplayWidth(text);
  return std::string(static_cast<size_t>(std::max(missing, 0)), ' ') + std::string(text);
}

std::string Style::Wrapped(std::string_view code, std::string_view text) const {
  if (!color) return std::string(text);
  std::string out = "\x1b[";
  out += code;
  out += 'm';
  out += text;
  out += "\x1b[0m";
  return out;
}

}  // namespace smcli
