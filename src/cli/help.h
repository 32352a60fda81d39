// --help: texts read off the table of commands and what a command declared.
#pragma once

#include <string>

#include "cli/command.h"

namespace smcli {

std::string ProgramHelp(const Terminal& terminal);
// `flags` holds the command's own and the global ones.
std::string CommandHelp(const Command& command, const Flags& flags, const Terminal& terminal);

// "smcli show [MODEL...] [flags]"
std::string UsageOf(const Command& command, const Flags& flags);
// "-o, --output FILE"
std::string SynopsisOf(const Flag& flag);

}  // namespace smcli
