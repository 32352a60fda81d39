#include "scan/describe_scan.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "base/utf8.h"

namespace smcli {
namespace {

constexpr size_t kMostCalls = 16;  // that a person is told of one way

std::string RouteText(const ScanRoute& route) {
  std::string text = route.kind == "init op" || route.kind == "saver" ? "the " + route.kind : Escaped(route.name);
  if (route.kind == "function") text = "function " + text;
  const size_t count = route.functions.size();
  const size_t left_out = count > kMostCalls ? count - kMostCalls : 0;
  for (size_t i = 0; i < count; ++i) {
    if (left_out > 0 && i == kMostCalls / 2) {
      text += fmt::format(" > ({} more)", left_out);
      i += left_out;
    }
    text += " > " + Escaped(route.functions[i]);
  }
  return text;
}

Value TextList(const std::vector<std::string>& items) {
  Value::List list;
  for (const std::string& item : items) list.push_back(Value::Text(item));
  return Value::Of(std::move(list));
}

Value RouteList(const ScanFinding& finding) {
  Value::List routes;
  std::string gist;
  for (const ScanRoute& route : finding.routes) {
    routes.push_back(Value::Of(Value::Object{{"kind", "kind", Value::Text(route.kind)},
                                             {"name", "name", Value::Text(route.name)},
                                             {"functions", "functions", TextList(route.functions)}}));
    if (!gist.empty()) gist += '\n';
    gist += RouteText(route);
  }
  if (gist.empty()) gist = "nothing that the model offers";
  return Value::WithGist(std::move(gist), Value::Of(std::move(routes)));
}

Value FindingValue(const ScanFinding& finding) {
  return Value::Of(Value::Object{
      {"op", "", Value::Text(finding.op)},
      {"severity", "", Value::Text(Name(finding.severity))},
      {"rule", "", Value::Text(finding.rule->name)},
      {"where", "at", Value::Text(finding.Where())},
      {"tags", "", Value::Text(finding.tags)},
      {"function", "", finding.function.empty() ? Value() : Value::Text(finding.function)},
      {"node", "", Value::Text(finding.node)},
      {"message", "", Value::Text(finding.message)},
      {"paths", "", TextList(finding.paths)},
      {"reached_from", "run by", RouteList(finding)},
      {"fix", "", Value::Text(finding.rule->fix)},
  });
}

std::string CountText(const ScanResult& result, Severity severity) {
  const auto count = result.counts.find(severity);
  return fmt::format("{} {}", count == result.counts.end() ? 0 : count->second, Name(severity));
}

std::string Verdict(const ScanResult& result) {
  std::vector<std::string> parts;
  for (auto count = result.counts.rbegin(); count != result.counts.rend(); ++count) {
    if (count->first > Severity::kInfo) parts.push_back(CountText(result, count->first));
  }
  if (parts.empty()) parts.emplace_back("nothing found");
  return fmt::format("{}", fmt::join(parts, ", "));
}

Value CountsOf(const ScanResult& result) {
  Value::Object counts;
  for (const Severity severity :
       {Severity::kCritical, Severity::kHigh, Severity::kMedium, Severity::kLow, Severity::kInfo}) {
    const auto count = result.counts.find(severity);
    const std::string name(Name(severity));
    counts.push_back({name, name, Value::Count(count == result.counts.end() ? 0 : count->second)});
  }
  return Value::Of(std::move(counts));
}

// One block for each finding: a machine's list is a person's paragraph.
std::string FindingsText(const ScanResult& result, bool notes) {
  std::string text;
  for (const ScanFinding& finding : result.findings) {
    if (finding.severity == Severity::kInfo && !notes) continue;
    text += fmt::format("{:8} {}\n", Name(finding.severity), finding.message);
    text += fmt::format("{:8} at {}\n", "", finding.Where());
    if (finding.routes.empty()) text += fmt::format("{:8} nothing that the model offers runs it\n", "");
    std::string last;
    for (const ScanRoute& route : finding.routes) {
      std::string line = fmt::format("{:8} run by {}\n", "", RouteText(route));
      if (line != last) text += line;
      last = std::move(line);
    }
  }
  if (!text.empty()) text.pop_back();
  return text;
}

}  // namespace

Value::Object DescribeScan(const ScanAnswer& answer, bool notes) {
  const ScanResult& result = answer.result;
  Value::List findings;
  for (const ScanFinding& finding : result.findings) findings.push_back(FindingValue(finding));
  std::string text = FindingsText(result, notes);
  const bool shown = !text.empty();
  Value::Object fields;
  fields.push_back({"model", "model", Value::Text(answer.path)});
  fields.push_back({"", "result", Value::Text(Verdict(result))});
  fields.push_back({"counts", "", CountsOf(result)});
  fields.push_back({"scanned", "scanned",
                    Value::WithGist(fmt::format("nodes {}, functions {}, graphs {}", WithThousands(result.nodes),
                                                WithThousands(result.functions), result.meta_graphs),
                                    Value::Of(Value::Object{{"meta_graphs", "", Value::Count(result.meta_graphs)},
                                                            {"functions", "", Value::Count(result.functions)},
                                                            {"nodes", "", Value::Count(result.nodes)}}))});
  const auto info = result.counts.find(Severity::kInfo);
  if (!notes && info != result.counts.end()) {
    fields.push_back({"", "notes", Value::Text(fmt::format("{} of the usual kind; -v shows them", info->second))});
  }
  fields.push_back({"omitted", result.omitted > 0 ? "not listed" : "", Value::Count(result.omitted)});
  fields.push_back(
      {"findings", shown ? "Findings" : "", Value::WithGist(std::move(text), Value::Of(std::move(findings)))});
  return fields;
}

FindingRule DescribeScanRule(const ScanRule& rule) {
  return {rule.name, rule.purpose, rule.reason, rule.fix, rule.severity, {"security"}};
}

FindingList ScanFindings(std::span<const ScanAnswer> answers, std::string_view version) {
  FindingList list;
  list.command = "scan";
  list.version = version;
  for (const ScanRule& rule : AllScanRules()) {
    if (rule.severity == Severity::kInfo) continue;
    list.rules.push_back(DescribeScanRule(rule));
  }
  for (const ScanAnswer& answer : answers) {
    for (const ScanFinding& finding : answer.result.findings) {
      if (finding.severity == Severity::kInfo) continue;
      std::string message = finding.message;
      if (!finding.routes.empty()) message += fmt::format("; run by {}", RouteText(finding.routes[0]));
      list.findings.push_back(
          {std::string(finding.rule->name), finding.severity, answer.file, finding.Where(), std::move(message), ""});
    }
  }
  return list;
}

}  // namespace smcli
