#include "check/policy.h"

#include <algorithm>

#include "base/text.h"
#include "base/utf8.h"

namespace smcli {
namespace {

Status CheckNamesRule(std::string_view word) {
  std::vector<std::string_view> names;
  for (const CheckRule* rule : AllCheckRules()) {
    if (GlobMatches(word, rule->name)) return {};
    names.push_back(rule->name);
  }
  return UsageError("unknown rule {}{}", Quoted(word), Suggestion(word, names));
}

bool AnyMatches(const std::vector<std::string>& globs, std::string_view name) {
  return std::ranges::any_of(globs, [&](const std::string& glob) { return GlobMatches(glob, name); });
}

}  // namespace

Result<CheckPolicy> CheckPolicy::Make(const CheckWords& words) {
  CheckPolicy policy;
  if (!words.profiles.empty()) policy.profiles_ = 0;
  for (const std::string& word : words.profiles) {
    const auto profile = CheckProfileFromName(word);
    const std::vector<std::string_view> known = CheckProfileNames(kEveryProfile);
    if (!profile) return UsageError("unknown profile {}{}", Quoted(word), Suggestion(word, known));
    policy.profiles_ |= *profile;
  }
  for (const std::string& word : words.select) SMCLI_RETURN_IF_ERROR(CheckNamesRule(word));
  for (const std::string& word : words.ignore) {
    const size_t equals = std::min(word.find('='), word.size());
    SMCLI_RETURN_IF_ERROR(CheckNamesRule(std::string_view(word).substr(0, equals)));
    policy.ignored_.push_back({word.substr(0, equals), equals == word.size() ? "*" : word.substr(equals + 1)});
  }
  for (const CheckRule* rule : AllCheckRules()) {
    const bool selected =
        words.select.empty() ? (rule->profiles & policy.profiles_) != 0 : AnyMatches(words.select, rule->name);
    const bool dropped = std::ranges::any_of(policy.ignored_, [&](const Ignored& ignored) {
      return ignored.place == "*" && GlobMatches(ignored.rule, rule->name);
    });
    if (selected && !dropped) policy.rules_.push_back(rule);
  }
  return policy;
}

bool CheckPolicy::Wants(const CheckRule& rule) const { return std::ranges::find(rules_, &rule) != rules_.end(); }

bool CheckPolicy::Ignores(const CheckRule& rule, std::string_view place) const {
  return std::ranges::any_of(ignored_, [&](const Ignored& ignored) {
    return GlobMatches(ignored.rule, rule.name) && GlobMatches(ignored.place, place);
  });
}

}  // namespace smcli
