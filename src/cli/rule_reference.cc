// docs/reference/rules.md: what findings there are, and why.
#include <fmt/format.h>

#include "cli/reference.h"
#include "diff/describe_rules.h"
#include "report/rule_pages.h"
#include "scan/describe_scan.h"
#include "scan/hazards.h"
#include "scan/scan_rules.h"

namespace smcli {
namespace {

std::string OpsOf(ScanRuleId id) {
  std::string ops;
  for (const Hazard& hazard : AllHazards()) {
    if (hazard.rule == id || hazard.otherwise == id) ops += fmt::format("{}`{}`", ops.empty() ? "" : ", ", hazard.name);
  }
  return ops.empty() ? "" : fmt::format("- **Ops:** {}\n", ops);
}

std::string ScanRulesText() {
  std::string page = "| Rule | Severity | Purpose |\n|---|---|---|\n";
  for (const ScanRule& rule : AllScanRules()) {
    page += fmt::format("| {} | {} | {} |\n", rule.name, Name(rule.severity), rule.purpose);
  }
  for (const ScanRule& rule : AllScanRules()) {
    page += RuleSection(DescribeScanRule(rule), "###", OpsOf(rule.id));
  }
  return page;
}

}  // namespace

std::string RuleReference() {
  return "# Rules\n\nWritten by `smcli help --reference rules`; do not edit.\n\n## diff --breaking\n\n"
         "`smcli diff --list-rules` prints the table, `smcli diff --explain RULE` one of them. "
         "[The guide](../guide/diff.md) says whom the categories protect.\n\n" +
         BreakingRulesText() +
         "\n## scan\n\n`smcli scan --list-ops` prints the ops. See [the guide](../guide/scan.md).\n\n" +
         ScanRulesText();
}

}  // namespace smcli
