// Which broken rules count: what --breaking, --except, --ignore and smcli-diff.yaml ask for.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "diff/rules.h"

namespace smcli {

// What rules are asked for, as words: categories ("PREDICT", "all") and rule ids.
struct BreakingWords {
  std::vector<std::string> use;     // empty: nobody asked what breaks
  std::vector<std::string> except;  // rules, or whole categories, that do not count
  struct Ignore {
    std::string rule;  // an id, or "*"
    std::string glob;  // of places: "debug.*", "serving_default.inputs.trace"
  };
  std::vector<Ignore> ignore;
};

// RULE=GLOB as --ignore has it. `UsageError` without a '='.
Result<BreakingWords::Ignore> ParseIgnore(std::string_view text);

class BreakingPolicy {
 public:
  // `UsageError` for words that are neither a category nor a rule, with the nearest.
  static Result<BreakingPolicy> Make(const BreakingWords& words);

  bool asked() const { return asked_; }
  // The rules that count; all of them when nobody asked.
  std::span<const Rule* const> rules() const { return rules_; }
  // "PREDICT", "PREDICT, REST", as asked for.
  const std::string& text() const { return text_; }

  struct Selection {
    std::vector<Breakage> counted;
    int64_t ignored = 0;  // of rules that count, at places that do not
  };
  Selection Select(std::span<const Breakage> breakages) const;

 private:
  bool asked_ = false;
  std::vector<const Rule*> rules_;
  std::vector<BreakingWords::Ignore> ignore_;
  std::string text_;
};

}  // namespace smcli
