// GitLab's Code Quality report: one JSON array (its documentation, "Implement a custom tool"). A model's file has no
// lines, so every finding is in its first.
#include "base/json.h"
#include "base/utf8.h"
#include "report/findings.h"

namespace smcli {
namespace {

std::string_view SeverityOf(Severity severity) {
  static constexpr std::string_view kNames[] = {"info", "minor", "major", "minor", "critical", "critical", "blocker"};
  return kNames[static_cast<size_t>(severity)];
}

void PrintFinding(const Finding& finding, std::string_view fingerprint, JsonWriter& writer) {
  const auto member = [&](std::string_view key, std::string_view text) {
    writer.Key(key);
    writer.String(Escaped(text));
  };
  writer.BeginObject();
  member("description", PlacedMessage(finding));
  member("check_name", finding.rule);
  member("fingerprint", fingerprint);
  member("severity", SeverityOf(finding.severity));
  writer.Key("location");
  writer.BeginObject();
  member("path", finding.file);
  writer.Key("lines");
  writer.BeginObject(JsonWriter::Layout::kLine);
  writer.Key("begin");
  writer.Int(1);
  writer.EndObject();
  writer.EndObject();
  writer.EndObject();
}

}  // namespace

void PrintGitlab(const FindingList& list, std::string* out) {
  const std::vector<std::string> fingerprints = FingerprintsOf(list);
  JsonWriter writer(*out);
  writer.BeginArray();
  for (size_t i = 0; i < list.findings.size(); ++i) PrintFinding(list.findings[i], fingerprints[i], writer);
  writer.EndArray();
  *out += '\n';
}

}  // namespace smcli
