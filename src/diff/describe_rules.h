// The rules of --breaking for people, as report/rule_pages.h prints them.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "report/findings.h"

namespace smcli {

struct Rule;

// The rules as the printers and pages want them.
std::vector<FindingRule> DescribeBreakingRules(std::span<const Rule* const> rules);

// All of them in Markdown: a table with a column per category, and a part for each. For docs/reference/rules.md.
std::string BreakingRulesText();

}  // namespace smcli
