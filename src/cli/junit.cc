#include "cli/junit.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/markup.h"

namespace smcli {

std::string JUnitText(std::span<const JUnitSuite> suites) {
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n";
  for (const JUnitSuite& suite : suites) {
    const auto failures = std::ranges::count_if(suite.cases, [](const JUnitCase& c) { return !c.failure.empty(); });
    const std::string name = Markup(suite.name);
    out += fmt::format("  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\">\n", name, suite.cases.size(), failures);
    for (const JUnitCase& c : suite.cases) {
      out += fmt::format("    <testcase classname=\"{}\" name=\"{}\"", name, Markup(c.name));
      if (c.failure.empty()) {
        out += "/>\n";
      } else {
        out += fmt::format(">\n      <failure message=\"{}\"/>\n    </testcase>\n", Markup(c.failure));
      }
    }
    out += "  </testsuite>\n";
  }
  return out + "</testsuites>\n";
}

}  // namespace smcli
