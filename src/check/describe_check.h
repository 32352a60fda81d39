// What `check` says, in all forms.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "check/check_model.h"
#include "report/findings.h"
#include "report/report.h"

namespace smcli {

// Schema smcli.check/1; for json and markdown.
Report DescribeCheck(std::span<const CheckAnswer> answers, const CheckPolicy& policy, bool deep);

// For people at a terminal: a line per finding and what to do about it, and how many there are. Findings of severity
// info are counted alone unless `verbose`.
struct CheckTextStyle {
  bool verbose = false;
  bool color = false;
};
std::string CheckText(std::span<const CheckAnswer> answers, const CheckTextStyle& style);

// For junit, github, gitlab and sarif.
FindingList CheckFindings(std::span<const CheckAnswer> answers, const CheckPolicy& policy, std::string_view version);

// The rules as the printers and pages want them.
std::vector<FindingRule> DescribeCheckRules(std::span<const CheckRule* const> rules);

}  // namespace smcli
