// A command's table of rules for people: --list-rules, --explain RULE, and the page of the reference.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "report/findings.h"
#include "report/report.h"

namespace smcli {

struct RuleBook {
  std::string_view command;         // "check"
  std::string_view categories_key;  // of the JSON form, and the heading of the column: "profiles"
  std::span<const FindingRule> rules;
};

// A row per rule: id, severity, categories, purpose. Schema smcli.<command>-rules/1.
Report ListRules(const RuleBook& book);

// One rule with its reason and what to do. Schema smcli.<command>-rule/1. `UsageError` for an unknown one, with the
// nearest.
Result<Report> ExplainRule(const RuleBook& book, std::string_view id);

// Markdown.
std::string RulesPage(const RuleBook& book);

}  // namespace smcli
