// A command with all its flags declared, ready to be parsed or explained.
#pragma once

#include <memory>

#include "cli/command.h"
#include "cli/global_flags.h"

namespace smcli {

// The flags point into the other members, so it stays where it is.
struct DeclaredCommand {
  explicit DeclaredCommand(const Command& row) : command(row), base(row.make()) {
    base->Declare(flags);
    global.Declare(row, flags);
  }
  DeclaredCommand(const DeclaredCommand&) = delete;
  DeclaredCommand& operator=(const DeclaredCommand&) = delete;

  const Command& command;
  const std::unique_ptr<CommandBase> base;
  GlobalFlags global;
  Flags flags;
};

}  // namespace smcli
