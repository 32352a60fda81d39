// The flags that every command has, and what the machine says in their place.
#pragma once

#include <string>

#include "cli/command.h"
#include "cli/env.h"
#include "cli/flags.h"

namespace smcli {

struct GlobalFlags {
  std::string format;
  std::string output;
  std::string color = "auto";
  bool overwrite = false;
  bool quiet = false;
  bool verbose = false;
  bool help = false;
  int64_t threads = 0;

  void Declare(const Command& command, Flags& flags);
  void Apply(Env& env) const;
};

}  // namespace smcli
