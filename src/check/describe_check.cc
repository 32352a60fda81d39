#include "check/describe_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "base/utf8.h"

namespace smcli {
namespace {

struct Counts {
  int64_t errors = 0, warnings = 0, notes = 0;
};

Counts CountOf(std::span<const CheckAnswer> answers) {
  Counts counts;
  for (const CheckAnswer& answer : answers) {
    for (const Finding& finding : answer.findings) {
      ++(finding.severity == Severity::kError     ? counts.errors
         : finding.severity == Severity::kWarning ? counts.warnings
                                                  : counts.notes);
    }
  }
  return counts;
}

std::string_view FixOf(const Finding& finding) {
  if (!finding.fix.empty()) return finding.fix;
  const CheckRule* rule = FindCheckRule(finding.rule);
  return rule == nullptr ? std::string_view() : rule->fix;
}

std::string WhereOf(const Finding& finding) {
  return finding.place.empty() ? finding.file : fmt::format("{}: {}", finding.file, finding.place);
}

std::string_view ColorOf(Severity severity) {
  if (severity == Severity::kError) return "\x1b[31m";
  return severity == Severity::kWarning ? "\x1b[33m" : "\x1b[36m";
}

void AppendFinding(const Finding& finding, bool first_of_rule, const CheckTextStyle& style, std::string& text) {
  const std::string severity(Name(finding.severity));
  text += style.color ? fmt::format("{}{}\x1b[0m", ColorOf(finding.severity), severity) : severity;
  text += fmt::format(": {}: {} [{}]\n", Escaped(WhereOf(finding)), Escaped(finding.message), finding.rule);
  // What to do is the same for all of a rule.
  if (first_of_rule) text += fmt::format("  {}\n", Escaped(FixOf(finding)));
}

std::string Summary(std::span<const CheckAnswer> answers, const CheckTextStyle& style) {
  const Counts counts = CountOf(answers);
  std::vector<std::string> parts;
  if (counts.errors > 0) parts.push_back(Counted(counts.errors, "error"));
  if (counts.warnings > 0) parts.push_back(Counted(counts.warnings, "warning"));
  if (parts.empty())
    parts.emplace_back(answers.size() == 1 ? "nothing found"
                                           : fmt::format("nothing found in {} models", answers.size()));
  std::string text = fmt::format("{}", fmt::join(parts, ", "));
  if (counts.notes > 0)
    text += fmt::format("; {}{}", Counted(counts.notes, "note"), style.verbose ? "" : " (-v shows them)");
  return text + "\n";
}

}  // namespace

Report DescribeCheck(std::span<const CheckAnswer> answers, const CheckPolicy& policy, bool deep) {
  Report report;
  report.schema = "smcli.check/1";
  Value::List models, profiles;
  for (const CheckAnswer& answer : answers) models.push_back(Value::Text(answer.path));
  for (const std::string_view name : CheckProfileNames(policy.profiles())) profiles.push_back(Value::Text(name));
  report.Add("models", answers.size() == 1 ? "model" : "models", Value::Of(std::move(models)));
  report.Add("profiles", "profiles", Value::Of(std::move(profiles)));
  report.Add("deep", "checksums verified", Value(deep));
  const Counts counts = CountOf(answers);
  report.Add("errors", "errors", Value::Count(counts.errors));
  report.Add("warnings", "warnings", Value::Count(counts.warnings));
  report.Add("infos", "notes", Value::Count(counts.notes));
  Table table{{{"severity", "severity"},
               {"rule", "rule"},
               {"where", "where"},
               {"file", ""},
               {"place", ""},
               {"message", "finding"},
               {"fix", "what to do"}},
              {},
              ""};
  for (const CheckAnswer& answer : answers) {
    for (const Finding& finding : answer.findings) {
      table.Add({Value::Text(Name(finding.severity)), Value::Text(finding.rule), Value::Text(WhereOf(finding)),
                 Value::Text(finding.file), Value::Text(finding.place), Value::Text(finding.message),
                 Value::Text(FixOf(finding))});
    }
  }
  report.Add("findings", "Findings", Value::Of(std::move(table)));
  return report;
}

std::string CheckText(std::span<const CheckAnswer> answers, const CheckTextStyle& style) {
  std::string text;
  for (const CheckAnswer& answer : answers) {
    std::set<std::string_view> rules;
    for (const Finding& finding : answer.findings) {
      if (finding.severity == Severity::kInfo && !style.verbose) continue;
      AppendFinding(finding, rules.insert(finding.rule).second, style, text);
    }
  }
  return text + Summary(answers, style);
}

std::vector<FindingRule> DescribeCheckRules(std::span<const CheckRule* const> rules) {
  std::vector<FindingRule> described;
  for (const CheckRule* rule : rules) {
    described.push_back(
        {rule->name, rule->purpose, rule->reason, rule->fix, rule->severity, CheckProfileNames(rule->profiles)});
  }
  return described;
}

FindingList CheckFindings(std::span<const CheckAnswer> answers, const CheckPolicy& policy, std::string_view version) {
  FindingList list;
  list.command = "check";
  list.version = version;
  list.rules = DescribeCheckRules(policy.rules());
  for (const CheckAnswer& answer : answers) {
    list.findings.insert(list.findings.end(), answer.findings.begin(), answer.findings.end());
  }
  return list;
}

}  // namespace smcli
