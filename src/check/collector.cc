#include "check/collector.h"

#include <algorithm>

#include "base/check.h"
#include "base/text.h"

namespace smcli {
namespace {

// More findings of one rule only repeat what the first say.
constexpr size_t kMaxOfRule = 100;

// "node 'dense/MatMul' (MatMul): input ..." says the place that a finding has a field for.
struct NodeMessage {
  std::string_view node;
  std::string message;
};
NodeMessage SplitNode(std::string_view message) {
  constexpr std::string_view kStart = "node '";
  const size_t end = message.find("' (");
  const size_t close = end == message.npos ? end : message.find(')', end);
  if (!message.starts_with(kStart) || close == message.npos) return {{}, std::string(message)};
  std::string_view rest = message.substr(close + 1);
  if (rest.starts_with(':')) rest.remove_prefix(1);
  const std::string_view op = message.substr(end + 3, close - end - 3);
  return {message.substr(kStart.size(), end - kStart.size()), fmt::format("{}:{}", op, rest)};
}

// The place says the function, too.
std::string_view WithoutFunction(std::string_view message) {
  const size_t end = message.find("': ");
  return message.starts_with("function '") && end != message.npos ? message.substr(end + 3) : message;
}

std::string_view WithoutPrefix(std::string_view message, std::string_view prefix) {
  if (message.starts_with(prefix) && message.substr(prefix.size()).starts_with(": ")) {
    message.remove_prefix(prefix.size() + 2);
  }
  return message;
}

}  // namespace

bool FindingCollector::Wants(std::string_view rule) const {
  const CheckRule* row = FindCheckRule(rule);
  SMCLI_CHECK(row != nullptr);
  return policy_.Wants(*row);
}

void FindingCollector::Add(std::string_view rule, std::string_view file, std::string_view place, std::string message,
                           std::string fix) {
  const CheckRule* row = FindCheckRule(rule);
  SMCLI_CHECK(row != nullptr);
  if (!policy_.Wants(*row)) return;
  Finding finding{std::string(rule),  row->severity,      std::string(file),
                  std::string(place), std::move(message), std::move(fix)};
  if (policy_.Ignores(*row, fmt::format("{}: {}", file, place))) return;
  OfRule& known = found_[row];
  const auto same = [&](const Finding& other) {
    return other.file == finding.file && other.place == finding.place && other.message == finding.message;
  };
  if (known.findings.size() >= kMaxOfRule) {
    ++known.left_out;
  } else if (std::ranges::none_of(known.findings, same)) {
    known.findings.push_back(std::move(finding));
  }
}

void FindingCollector::AddProblem(const Error& problem, std::string_view rule, std::string_view file,
                                  std::string_view place) {
  const NodeMessage split = SplitNode(WithoutFunction(WithoutPrefix(problem.message(), file)));
  std::string at(place);
  if (!split.node.empty()) at += fmt::format("{}node {}", at.empty() ? "" : ", ", split.node);
  // What the operating system refuses is no fault of the bytes, and no other copy mends it.
  const bool refused = problem.kind() == ErrorKind::kIo;
  Add(rule, file, at, WithoutCode(split.message), refused ? "Make it readable for the user who loads the model." : "");
}

void FindingCollector::AddGraphProblem(const Error& problem, std::string_view fallback, std::string_view file,
                                       std::string_view place) {
  const std::string_view rule = RuleOfProblem(problem);
  AddProblem(problem, rule.empty() ? fallback : rule, file, place);
}

std::vector<Finding> FindingCollector::Take() {
  std::vector<Finding> all;
  for (const CheckRule* rule : AllCheckRules()) {
    const auto found = found_.find(rule);
    if (found == found_.end()) continue;
    OfRule& of_rule = found->second;
    if (of_rule.left_out > 0) {
      Finding rest = of_rule.findings.front();
      rest.place.clear();
      rest.message = fmt::format("and {} more of the same kind", WithThousands(static_cast<int64_t>(of_rule.left_out)));
      of_rule.findings.push_back(std::move(rest));
    }
    std::ranges::move(of_rule.findings, std::back_inserter(all));
  }
  std::ranges::stable_sort(all, [](const Finding& a, const Finding& b) { return a.severity > b.severity; });
  return all;
}

}  // namespace smcli
