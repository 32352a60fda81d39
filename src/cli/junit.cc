#include "cli/junit.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/markup.h"

namespace smcli {

std::string JUnitText(std::string_view suite, std::span<const JUnitCase> cases) {
  const auto failures = std::ranges::count_if(cases, [](const JUnitCase& c) { return !c.failure.empty(); });
  std::string out = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
      "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\">\n",
      Markup(suite), cases.size(), failures);
  for (const JUnitCase& c : cases) {
    out += fmt::format("    <testcase classname=\"{}\" name=\"{}\"", Markup(suite), Markup(c.name));
    if (c.failure.empty()) {
      out += "/>\n";
    } else {
      out += fmt::format(">\n      <failure message=\"{}\"/>\n    </testcase>\n", Markup(c.failure));
    }
  }
  return out + "  </testsuite>\n</testsuites>\n";
}

}  // namespace smcli
