// Which rules count: what --profile, --select and --ignore ask for.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "check/rules.h"

namespace smcli {

// As typed. A rule may be a glob: "REST_*".
struct CheckWords {
  std::vector<std::string> profiles;  // empty: load and serving
  std::vector<std::string> select;    // empty: all rules of the profiles
  std::vector<std::string> ignore;    // RULE, or RULE=GLOB of places
};

class CheckPolicy {
 public:
  // `UsageError` for profiles and rules that are not there, with the nearest.
  static Result<CheckPolicy> Make(const CheckWords& words);

  // The rules that count, in the order of the table.
  std::span<const CheckRule* const> rules() const { return rules_; }
  bool Wants(const CheckRule& rule) const;
  // Is a finding of the rule at this place ("file: place") to be left out?
  bool Ignores(const CheckRule& rule, std::string_view place) const;
  CheckProfiles profiles() const { return profiles_; }

 private:
  struct Ignored {
    std::string rule;  // glob
    std::string place;
  };
  CheckProfiles profiles_ = kLoadProfile | kServingProfile;
  std::vector<const CheckRule*> rules_;
  std::vector<Ignored> ignored_;
};

}  // namespace smcli
