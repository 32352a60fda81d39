#include "diff/breaking.h"

#include <algorithm>

#include "base/lookup.h"
#include "base/utf8.h"

namespace smcli {
namespace {

// The rules that a word stands for.
Result<std::vector<const Rule*>> RulesOf(const std::string& word) {
  std::vector<const Rule*> rules;
  const auto category = CategoryFromName(word);
  for (const Rule* rule : AllRules()) {
    if (rule->name == word || (category && (rule->categories & *category) != 0)) rules.push_back(rule);
  }
  if (!rules.empty()) return rules;
  std::vector<std::string_view> names = CategoryNames(kAllCategories);
  names.push_back("all");
  for (const Rule* rule : AllRules()) names.push_back(rule->name);
  return UsageError("unknown rule or category {}{}", Quoted(word), Suggestion(word, names, 50));
}

}  // namespace

Result<BreakingWords::Ignore> ParseIgnore(std::string_view text) {
  const size_t equals = text.find('=');
  if (equals == text.npos || equals == 0 || equals + 1 == text.size()) {
    return UsageError("--ignore {}: it is RULE=GLOB, as in SIGNATURE_NO_DELETE=debug_*", Quoted(text));
  }
  return BreakingWords::Ignore{std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))};
}

Result<BreakingPolicy> BreakingPolicy::Make(const BreakingWords& words) {
  BreakingPolicy policy;
  policy.asked_ = !words.use.empty();
  policy.text_ = fmt::format("{}", fmt::join(words.use, ", "));
  std::vector<bool> used(AllRules().size(), words.use.empty());
  const auto mark = [&](const std::vector<std::string>& list, bool value) -> Status {
    for (const std::string& word : list) {
      SMCLI_ASSIGN_OR_RETURN(const std::vector<const Rule*> rules, RulesOf(word));
      for (size_t i = 0; i < used.size(); ++i) {
        if (std::ranges::find(rules, AllRules()[i]) != rules.end()) used[i] = value;
      }
    }
    return {};
  };
  SMCLI_RETURN_IF_ERROR(mark(words.use, true));
  SMCLI_RETURN_IF_ERROR(mark(words.except, false));
  for (const BreakingWords::Ignore& ignore : words.ignore) {
    if (ignore.rule != "*") SMCLI_RETURN_IF_ERROR(RulesOf(ignore.rule));
  }
  policy.ignore_ = words.ignore;
  for (size_t i = 0; i < used.size(); ++i) {
    if (used[i]) policy.rules_.push_back(AllRules()[i]);
  }
  return policy;
}

BreakingPolicy::Selection BreakingPolicy::Select(std::span<const Breakage> breakages) const {
  Selection selection;
  for (const Breakage& breakage : breakages) {
    if (std::ranges::find(rules_, breakage.rule) == rules_.end()) continue;
    const bool ignored = std::ranges::any_of(ignore_, [&](const BreakingWords::Ignore& ignore) {
      const auto category = CategoryFromName(ignore.rule);
      const bool rule = ignore.rule == "*" || ignore.rule == breakage.rule->name ||
                        (category && (breakage.rule->categories & *category) != 0);
      return rule && GlobMatches(ignore.glob, breakage.where);
    });
    if (ignored) {
      ++selection.ignored;
    } else {
      selection.counted.push_back(breakage);
    }
  }
  return selection;
}

}  // namespace smcli
