// Findings: what `diff --breaking`, `check` and `scan` hold against a model, and the formats in which code review and
// CI services take them. A new format is a file and a row of findings.cc.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace smcli {

// How bad it is, mildest first: `check` and `diff` say info, warning, error; `scan` info, low, medium, high, critical.
enum class Severity { kInfo, kLow, kMedium, kWarning, kHigh, kError, kCritical };
std::string_view Name(Severity severity);  // "info"

// A rule as the services show it. The text is the program's own.
struct FindingRule {
  std::string_view id;       // "SIGNATURE_NO_DELETE"
  std::string_view purpose;  // one sentence: "Checks that no signature is deleted."
  std::string_view reason;   // what goes wrong otherwise; may be empty
  std::string_view fix;      // what to do; may be empty
  Severity severity = Severity::kError;
  std::vector<std::string_view> categories;
};

struct Finding {
  std::string rule;  // id of a rule
  Severity severity = Severity::kError;
  std::string file;     // path as the user named it; of a folder the model file in it
  std::string place;    // where in it: "serving_default.inputs.x", "function f, node g"; may be empty
  std::string message;  // one line
  std::string fix;      // empty: the rule's
};

struct FindingList {
  std::string command;             // "diff"
  std::string version;             // of smcli
  std::vector<FindingRule> rules;  // those that were applied, found something or not
  std::vector<Finding> findings;
};

struct FindingPrinter {
  std::string_view name;  // value of --format
  void (*print)(const FindingList& list, std::string* out);
};

// junit, github, gitlab, sarif.
std::span<const FindingPrinter> AllFindingPrinters();
const FindingPrinter* FindFindingPrinter(std::string_view name);

// The rule of a finding; null when the list lacks it.
const FindingRule* FindRule(const FindingList& list, std::string_view id);
// What to do about it: its own fix, else its rule's.
std::string_view FixOf(const FindingList& list, const Finding& finding);
// "place: message", or the message alone.
std::string PlacedMessage(const Finding& finding);
// The same for the same rule at the same place of the same file, whatever the message says: what services recognise a
// finding by from one run to the next. One per finding, different from each other; 16 hexadecimal digits.
std::vector<std::string> FingerprintsOf(const FindingList& list);

}  // namespace smcli
