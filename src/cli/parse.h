// The command line against what a command declared.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cli/flags.h"

namespace smcli {

// Fills the targets of `flags`. `UsageError` names the flag at fault, what is like it, and where the list is.
// `command` is the word before the arguments, for messages.
Status ParseFlags(std::string_view command, std::vector<std::string> args, const Flags& flags);

// "--tag-set" and "--tag_set", aliases and letter, as the parser accepts them: "--tag-set,--tag_set,-t".
std::string SpellingsOf(const Flag& flag);

}  // namespace smcli
