#include "diff/describe_rules.h"

#include <fmt/format.h>

#include "diff/rules.h"
#include "report/rule_pages.h"

namespace smcli {

std::vector<FindingRule> DescribeBreakingRules(std::span<const Rule* const> rules) {
  std::vector<FindingRule> described;
  for (const Rule* rule : rules) {
    described.push_back(
        {rule->name, rule->purpose, rule->reason, rule->fix, Severity::kError, CategoryNames(rule->categories)});
  }
  return described;
}

std::string BreakingRulesText() {
  std::string page = "| Rule | LOAD | PREDICT | REST | GRAPH | Purpose |\n|---|:-:|:-:|:-:|:-:|---|\n";
  const auto mark = [](const Rule& rule, Category category) { return (rule.categories & category) != 0 ? "x" : ""; };
  for (const Rule* rule : AllRules()) {
    page += fmt::format("| {} | {} | {} | {} | {} | {} |\n", RuleLink(rule->name), mark(*rule, kLoad),
                        mark(*rule, kPredict), mark(*rule, kRest), mark(*rule, kGraph), rule->purpose);
  }
  for (const FindingRule& rule : DescribeBreakingRules(AllRules())) page += RuleSection(rule, "###");
  return page;
}

}  // namespace smcli
