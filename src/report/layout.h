// How text sits on a screen: widths, wrapping, shortening, and the four styles that colour gives us.
#pragma once

#include <string>
#include <string_view>

namespace smcli {

// `text` cut to `width` columns with an ellipsis in its middle, as both ends of a name tell names apart.
std::string Shortened(std::string_view text, int width);

// Breaks text at spaces to lines of `width` columns, all but the first indented. Lines and paragraphs of its own stay.
std::string Wrap(std::string_view text, int indent, int width);

std::string Padded(std::string_view text, int width);  // to the left of its column
std::string RightAligned(std::string_view text, int width);

struct Style {
  bool color = false;

  std::string Strong(std::string_view text) const { return Wrapped("1", text); }
  std::string Heading(std::string_view text) const { return Wrapped("1;36", text); }
  std::string Faint(std::string_view text) const { return Wrapped("2", text); }
  std::string Alarm(std::string_view text) const { return Wrapped("1;31", text); }

 private:
  std::string Wrapped(std::string_view code, std::string_view text) const;
};

}  // namespace smcli
