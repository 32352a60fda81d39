// The rules of --breaking for people: --list-rules and --explain.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "report/report.h"

namespace smcli {

// A row per rule: id, a column per category, purpose.
Report ListRules();

// One rule: purpose, categories, reason and fix. `UsageError` for an unknown rule, with the nearest.
Result<Report> ExplainRule(std::string_view rule);

// All of them in Markdown: a table, and a part for each. For docs/reference/rules.md.
std::string BreakingRulesText();

}  // namespace smcli
