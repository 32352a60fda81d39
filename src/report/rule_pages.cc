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
  const std::string categories(book.categories_key);
  Table table{{{"id", "rule"}, {"severity", "severity"}, {categories, categories}, {"purpose", "purpose"}}, {}, ""};
  for (const FindingRule& rule : book.rules) {
    table.Add({Value::Text(rule.id), Value::Text(Name(rule.severity)), CategoriesOf(rule), Value::Text(rule.purpose)});
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
    report.Add("severity", "severity", Value::Text(Name(rule.severity)));
    report.Add(std::string(book.categories_key), std::string(book.categories_key), CategoriesOf(rule));
    report.Add("reason", "why", Value::Text(rule.reason));
    report.Add("fix", "what to do", Value::Text(rule.fix));
    return report;
  }
  return UsageError("unknown rule {}{}", Quoted(id), Suggestion(id, ids));
}

std::string RulesPage(const RuleBook& book) {
  std::string page = fmt::format(
      "# Rules of `smcli {0}`\n\nMade from the table of rules; `smcli {0} --list-rules` prints it, `smcli {0} "
      "--explain "
      "RULE` one of them.\n\n| Rule | Severity | {1} | Purpose |\n|---|---|---|---|\n",
      book.command, book.categories_key);
  for (const FindingRule& rule : book.rules) {
    page += fmt::format("| [{0}](#{0}) | {1} | {2} | {3} |\n", rule.id, Name(rule.severity),
                        fmt::join(rule.categories, ", "), rule.purpose);
  }
  for (const FindingRule& rule : book.rules) {
    page += fmt::format("\n## {}\n\n{}\n\n- **Why:** {}\n- **What to do:** {}\n", rule.id, rule.purpose, rule.reason,
                        rule.fix);
  }
  return page;
}

}  // namespace smcli
