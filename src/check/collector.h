// FindingCollector: takes what the passes find and keeps what counts. A broken file may give a finding per byte, so of
// each rule only so many are kept; the rest is counted.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "check/policy.h"
#include "report/findings.h"

namespace smcli {

class FindingCollector {
 public:
  explicit FindingCollector(const CheckPolicy& policy) : policy_(policy) {}

  // Does anybody want to know? What is costly to find out need not be, otherwise.
  bool Wants(std::string_view rule) const;

  // `rule` is of the table. `place` is where in the file: "function f, node n"; it may be empty.
  void Add(std::string_view rule, std::string_view file, std::string_view place, std::string message,
           std::string fix = "");
  // What a reader found. Text in front of the message that repeats the file's name is left out, and so is its code.
  void AddProblem(const Error& problem, std::string_view rule, std::string_view file, std::string_view place);
  // The same under the rule of its code; `fallback` is for errors of graphs whose code has no rule.
  void AddGraphProblem(const Error& problem, std::string_view fallback, std::string_view file, std::string_view place);

  // Worst first; of equals, in the order of the rules. Call once, at the end.
  std::vector<Finding> Take();

 private:
  struct OfRule {
    std::vector<Finding> findings;
    size_t left_out = 0;
  };
  const CheckPolicy& policy_;
  std::map<const CheckRule*, OfRule> found_;
};

}  // namespace smcli
