#include "cli/check_options.h"

#include "base/lookup.h"
#include "check/rules.h"
#include "cli/run_options.h"

namespace smcli {

void CheckFlags::Declare(Flags& flags) {
  models.Declare(flags);
  flags.Switch("deep", &deep, "read every tensor: checksums, NaN and infinities");
  flags.Add("profile", "PROFILE", &profiles, "load, serving, rest, smcli: who is to take it (default: load,serving)")
      .offers = {"load", "serving", "rest", "smcli"};
  flags.Switch("strict", &strict, "exit with 1 for warnings too");
  flags.Switch("exit-zero", &exit_zero, "exit with 0 although something was found");
  flags.Group("Rules");
  flags.Add("select", "RULE", &select, "these rules alone, whatever the profile; REST_* is all that begin so").offers =
      NamesOf(AllCheckRules());
  flags.Add("ignore", "RULE[=GLOB]", &ignore, "a rule that does not count, or places where it does not").offers =
      NamesOf(AllCheckRules());
  flags.Switch("list-rules", &list_rules, "all rules, with their profiles");
  flags.Add("explain", "RULE", &explain, "why a rule is there, and what to do").offers = NamesOf(AllCheckRules());
}

Result<CheckPolicy> CheckFlags::Policy() const {
  return CheckPolicy::Make({SplitCommas(profiles), SplitCommas(select), SplitCommas(ignore)});
}

}  // namespace smcli
