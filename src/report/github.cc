// GitHub Actions' workflow commands: lines that the runner turns into annotations of a pull request.
#include <fmt/format.h>

#include "base/utf8.h"
#include "report/findings.h"

namespace smcli {
namespace {

std::string_view CommandOf(Severity severity) {
  if (severity >= Severity::kHigh) return "error";
  return severity >= Severity::kMedium ? "warning" : "notice";
}

// The runner's own escapes; in properties ':' and ',' too.
std::string ForRunner(std::string_view text, bool property) {
  std::string out;
  for (const char c : Escaped(text)) {
    if (c == '%' || (property && (c == ':' || c == ','))) {
      out += fmt::format("%{:02X}", c);
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

void PrintGithub(const FindingList& list, std::string* out) {
  for (const Finding& finding : list.findings) {
    *out += fmt::format("::{} file={},title={}::{}", CommandOf(finding.severity), ForRunner(finding.file, true),
                        ForRunner(finding.rule, true), ForRunner(PlacedMessage(finding), false));
    if (const std::string_view fix = FixOf(list, finding); !fix.empty()) *out += "%0A" + ForRunner(fix, false);
    *out += '\n';
  }
}

}  // namespace smcli
