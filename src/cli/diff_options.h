// What the flags of `diff` say.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/env.h"
#include "cli/flags.h"
#include "cli/input_flags.h"
#include "cli/model_arguments.h"
#include "cli/run_limits.h"
#include "diff/breaking.h"
#include "diff/model_diff.h"

namespace smcli {

struct DiffFlags {
  std::vector<std::string> models;
  std::optional<std::string> against;
  GraphArguments graph;
  std::vector<std::string> only;
  std::vector<std::string> breaking;
  std::vector<std::string> except;
  std::vector<std::string> ignore;
  std::optional<std::string> config;
  std::vector<std::string> atol;
  std::vector<std::string> rtol;
  bool fast = false;
  bool exit_zero = false;
  bool list_rules = false;
  std::optional<std::string> explain;

  bool behaviour = false;
  bool bisect = false;
  InputFlags inputs;
  RunLimits limits;

  void Declare(Flags& flags);

  struct Paths {
    std::string before, after;
  };
  // OLD NEW, or NEW --against OLD. `UsageError` for any other number.
  Result<Paths> Models() const;

  // Flags and smcli-diff.yaml together; what the command line says goes before the file.
  struct Settings {
    DiffOptions options;
    BreakingPolicy policy;
  };
  Result<Settings> Read(Env& env) const;
};

}  // namespace smcli
