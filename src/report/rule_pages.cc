#include "report/rule_pages.h"

#include <fmt/format.h>

#include "base/text.h"
#include "base/utf8.h"

namespace smcli {
namespace {

Value CategoriesOf(const FindingRule& rule) {
  Value::List list;
  for (const std::string_view name : rule.categories) list.push_back(Value::Text(name));
  return Value::Of(std::move(list));
}

}  // namespace

Report ListRules(const RuleBook& book) {
  Report report;
  report.schema = fmt::format("smcli.{}-rules/1", book.command);
  Table table{{{"id", "rule"}}, {}, ""};
  if (book.graded) table.columns.push_back({"severity", "severity"});
  table.columns.push_back({std::string(book.categories_key), std::string(book.categories_title)});
  table.columns.push_back({"purpose", "purpose"});
  for (const FindingRule& rule : book.rules) {
    std::vector<Value> row;
    row.reserve(4);
    row.push_back(Value::Text(rule.id));
    if (book.graded) row.push_back(Value::Text(Name(rule.severity)));
    row.push_back(CategoriesOf(rule));
    row.push_back(Value::Text(rule.purpose));
    table.Add(std::move(row));
  }
  report.Add("rules", "Rules", Value::Of(std::move(table)));
  return report;
}

Result<Report> ExplainRule(const RuleBook& book, std::string_view id) {
  std::vector<std::string_view> ids;
  for (const FindingRule& rule : book.rules) {
    ids.push_back(rule.id);
    if (rule.id != id) continue;
    Report report;
    report.schema = fmt::format("smcli.{}-rule/1", book.command);
    report.title = rule.id;
    report.Add("id", "", Value::Text(rule.id));
    report.Add("purpose", "purpose", Value::Text(rule.purpose));
    if (book.graded) report.Add("severity", "severity", Value::Text(Name(rule.severity)));
    report.Add(std::string(book.categories_key), std::string(book.categories_title), CategoriesOf(rule));
    report.Add("reason", "why", Value::Text(rule.reason));
    report.Add("fix", "what to do", Value::Text(rule.fix));
    return report;
  }
  return UsageError("unknown rule {}{}", Quoted(id), Suggestion(id, ids));
}

Result<Report> DescribeRules(const RuleBook& book, const std::optional<std::string>& explained) {
  if (explained) return ExplainRule(book, *explained);
  return ListRules(book);
}

std::string RuleSection(const FindingRule& rule, std::string_view heading, std::string_view facts) {
  return fmt::format("\n{} {}\n\n{}\n\n{}- **Why:** {}\n- **What to do:** {}\n", heading, rule.id, rule.purpose, facts,
                     rule.reason, rule.fix);
}

std::string RuleLink(std::string_view id) {
  // The anchor that Markdown makes of a heading.
  std::string anchor(id);
  for (char& c : anchor) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return fmt::format("[{}](#{})", id, anchor);
}

std::string RulesPage(const RuleBook& book) {
  std::string page = fmt::format(
      "# Rules of `smcli {0}`\n\nMade from the table of rules; `smcli {0} --list-rules` prints it, `smcli {0} "
      "--explain "
      "RULE` one of them.\n\n| Rule | Severity | {1} | Purpose |\n|---|---|---|---|\n",
      book.command, book.categories_title);
  for (const FindingRule& rule : book.rules) {
    page += fmt::format("| {} | {} | {} | {} |\n", RuleLink(rule.id), Name(rule.severity),
                        fmt::join(rule.categories, ", "), rule.purpose);
  }
  for (const FindingRule& rule : book.rules) page += RuleSection(rule, "##");
  return page;
}

}  // namespace smcli
