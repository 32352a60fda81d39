#include "diff/describe_rules.h"

#include <fmt/format.h>

#include "base/lookup.h"
#include "base/utf8.h"
#include "diff/rules.h"

namespace smcli {
namespace {

Value CategoriesOf(const Rule& rule) {
  Value::List list;
  for (const std::string_view name : CategoryNames(rule.categories)) list.push_back(Value::Text(name));
  return Value::Of(std::move(list));
}

// The anchor that Markdown makes of a heading.
std::string LowerCase(std::string_view name) {
  std::string out(name);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

}  // namespace

Report ListRules() {
  Report report;
  report.schema = "smcli.diff-rules/1";
  Table table{{{"id", "rule"}, {"categories", "breaks"}, {"purpose", "purpose"}}, {}, ""};
  for (const Rule* rule : AllRules()) {
    table.Add({Value::Text(rule->name), CategoriesOf(*rule), Value::Text(rule->purpose)});
  }
  report.Add("rules", "Rules", Value::Of(std::move(table)));
  return report;
}

Result<Report> ExplainRule(std::string_view name) {
  const Rule* rule = FindByName(AllRules(), name);
  if (!rule) return UnknownNameError("rule", Escaped(name), AllRules());
  Report report;
  report.schema = "smcli.diff-rule/1";
  report.title = rule->name;
  report.Add("id", "", Value::Text(rule->name));
  report.Add("purpose", "purpose", Value::Text(rule->purpose));
  report.Add("categories", "breaks", CategoriesOf(*rule));
  report.Add("reason", "why", Value::Text(rule->reason));
  report.Add("fix", "what to do", Value::Text(rule->fix));
  return report;
}

std::string BreakingRulesText() {
  std::string page = "| Rule | LOAD | PREDICT | REST | GRAPH | Purpose |\n|---|:-:|:-:|:-:|:-:|---|\n";
  const auto mark = [](const Rule& rule, Category category) { return (rule.categories & category) != 0 ? "x" : ""; };
  for (const Rule* rule : AllRules()) {
    page +=
        fmt::format("| [{}](#{}) | {} | {} | {} | {} | {} |\n", rule->name, LowerCase(rule->name), mark(*rule, kLoad),
                    mark(*rule, kPredict), mark(*rule, kRest), mark(*rule, kGraph), rule->purpose);
  }
  for (const Rule* rule : AllRules()) {
    page += fmt::format("\n### {}\n\n{}\n\n- **Why:** {}\n- **What to do:** {}\n", rule->name, rule->purpose,
                        rule->reason, rule->fix);
  }
  return page;
}

}  // namespace smcli
