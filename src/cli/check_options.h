// What the flags of `check` say.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "check/policy.h"
#include "cli/flags.h"
#include "cli/model_arguments.h"

namespace smcli {

struct CheckFlags {
  ModelArguments models;
  bool deep = false;
  bool strict = false;
  bool exit_zero = false;
  std::vector<std::string> profiles;
  std::vector<std::string> select;
  std::vector<std::string> ignore;
  bool list_rules = false;
  std::optional<std::string> explain;

  void Declare(Flags& flags);
  // `UsageError` for profiles and rules that are not there.
  Result<CheckPolicy> Policy() const;
};

}  // namespace smcli
