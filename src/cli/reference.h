// What is made of the table of commands for others to read: the man page, the completions of shells, the pages of
// docs/reference. All of it is text, the same on every run.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace smcli {

struct ExitStatus {
  int status;
  std::string_view meaning;
};
std::span<const ExitStatus> ExitStatuses();

std::string ManPage();              // roff, smcli(1)
std::string FlagReference();        // docs/reference/flags.md
std::string ExitStatusReference();  // docs/reference/exit-codes.md
std::string JsonReference();        // docs/reference/json.md
std::string OpReference();          // docs/reference/ops.md
std::string RuleReference();        // docs/reference/rules.md
std::string CheckRuleReference();   // docs/reference/check-rules.md
std::string BashCompletion();
std::string ZshCompletion();
std::string FishCompletion();

}  // namespace smcli
