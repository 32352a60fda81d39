// A command's table of rules for people: --list-rules, --explain RULE, and the page of the reference.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "report/findings.h"
#include "report/report.h"

namespace smcli {

struct RuleBook {
  std::string_view command;           // "check"
  std::string_view categories_key;    // of the JSON form: "categories"
  std::string_view categories_title;  // heading of the column: "breaks"
  bool graded = true;                 // do severities tell the rules apart?
  std::span<const FindingRule> rules;
};

// A row per rule: id, severity where the book is graded, categories, purpose. Schema smcli.<command>-rules/1.
Report ListRules(const RuleBook& book);

// One rule with its reason and what to do. Schema smcli.<command>-rule/1. `UsageError` for an unknown one, with the
// nearest.
Result<Report> ExplainRule(const RuleBook& book, std::string_view id);

// The answer to --list-rules, or to --explain where `explained` is given.
Result<Report> DescribeRules(const RuleBook& book, const std::optional<std::string>& explained);

// A rule in Markdown under a heading: "##". `facts`: lines of the list before the reason; may be empty.
std::string RuleSection(const FindingRule& rule, std::string_view heading, std::string_view facts = "");
// "[ID](#id)": to its section.
std::string RuleLink(std::string_view id);

// Markdown.
std::string RulesPage(const RuleBook& book);

}  // namespace smcli
