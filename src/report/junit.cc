// JUnit's XML, as Jenkins, GitLab and GitHub actions read it: a test case for each finding, and one that passes for
// each rule that found nothing.
#include <fmt/format.h>

#include <algorithm>

#include "report/findings.h"
#include "report/markup.h"

namespace smcli {
namespace {

void PrintFailure(const FindingList& list, const Finding& finding, std::string* out) {
  const std::string name = finding.place.empty() ? finding.rule : fmt::format("{}: {}", finding.rule, finding.place);
  *out += fmt::format("    <testcase classname=\"smcli.{}\" name=\"{}\" file=\"{}\">\n", list.command, Markup(name),
                      Markup(finding.file));
  *out += fmt::format("      <failure type=\"{}\" message=\"{}\">", Markup(finding.rule), Markup(finding.message));
  *out += fmt::format("{}: {}: {}", Name(finding.severity), Markup(finding.file), Markup(PlacedMessage(finding)));
  if (const std::string_view fix = FixOf(list, finding); !fix.empty()) *out += fmt::format("\nfix: {}", Markup(fix));
  *out += "</failure>\n    </testcase>\n";
}

}  // namespace

void PrintJunit(const FindingList& list, std::string* out) {
  std::string cases;
  size_t tests = list.findings.size();
  for (const FindingRule& rule : list.rules) {
    if (std::ranges::any_of(list.findings, [&](const Finding& f) { return f.rule == rule.id; })) continue;
    ++tests;
    cases += fmt::format("    <testcase classname=\"smcli.{}\" name=\"{}\"/>\n", list.command, Markup(rule.id));
  }
  for (const Finding& finding : list.findings) PrintFailure(list, finding, &cases);
  *out += "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n";
  *out += fmt::format("  <testsuite name=\"smcli {}\" tests=\"{}\" failures=\"{}\" errors=\"0\">\n", list.command,
                      tests, list.findings.size());
  *out += cases + "  </testsuite>\n</testsuites>\n";
}

}  // namespace smcli
