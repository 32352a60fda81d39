#include "report/findings.h"

#include <fmt/format.h>

#include <unordered_map>

#include "base/fingerprint.h"
#include "base/lookup.h"

namespace smcli {

void PrintJunit(const FindingList& list, std::string* out);
void PrintGithub(const FindingList& list, std::string* out);
void PrintGitlab(const FindingList& list, std::string* out);
void PrintSarif(const FindingList& list, std::string* out);

std::span<const FindingPrinter> AllFindingPrinters() {
  static constexpr FindingPrinter kPrinters[] = {
      {"junit", PrintJunit}, {"github", PrintGithub}, {"gitlab", PrintGitlab}, {"sarif", PrintSarif}};
  return kPrinters;
}

const FindingPrinter* FindFindingPrinter(std::string_view name) { return FindByName(AllFindingPrinters(), name); }

std::string_view Name(Severity severity) {
  static constexpr std::string_view kNames[] = {"info", "low", "medium", "warning", "high", "error", "critical"};
  return kNames[static_cast<size_t>(severity)];
}

const FindingRule* FindRule(const FindingList& list, std::string_view id) {
  for (const FindingRule& rule : list.rules) {
    if (rule.id == id) return &rule;
  }
  return nullptr;
}

std::string_view FixOf(const FindingList& list, const Finding& finding) {
  if (!finding.fix.empty()) return finding.fix;
  const FindingRule* rule = FindRule(list, finding.rule);
  return rule ? rule->fix : std::string_view();
}

std::string PlacedMessage(const Finding& finding) {
  return finding.place.empty() ? finding.message : fmt::format("{}: {}", finding.place, finding.message);
}

std::vector<std::string> FingerprintsOf(const FindingList& list) {
  std::unordered_map<std::string, int> seen;
  std::vector<std::string> fingerprints;
  for (const Finding& finding : list.findings) {
    std::string identity = fmt::format("{}\n{}\n{}\n{}", list.command, finding.rule, finding.file, finding.place);
    if (const int before = seen[identity]++) identity += fmt::format("\n{}", before);
    fingerprints.push_back(fmt::format("{:016x}", Fingerprint64(identity)));
  }
  return fingerprints;
}

}  // namespace smcli
