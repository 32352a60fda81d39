#include "cli/junit.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.h"

namespace smcli {

namespace {

std::string Attribute(std::string_view text) {
  std::string out;
  for (const char c : Escaped(text)) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

}  // namespace

std::string JUnitText(std::string_view suite, std::span<const JUnitCase> cases) {
  const auto failures = std::ranges::count_if(cases, [](const JUnitCase& c) { return !c.failure.empty(); });
  std::string out = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
      "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\">\n",
      Attribute(suite), cases.size(), failures);
  for (const JUnitCase& c : cases) {
    out += fmt::format("    <testcase classname=\"{}\" name=\"{}\"", Attribute(suite), Attribute(c.name));
    if (c.failure.empty()) {
      out += "/>\n";
    } else {
      out += fmt::format(">\n      <failure message=\"{}\"/>\n    </testcase>\n", Attribute(c.failure));
    }
  }
  return out + "  </testsuite>\n</testsuites>\n";
}

}  // namespace smcli
