// The program behind main: finds the command, parses its flags, runs it, and turns an error into a line and a status.
#pragma once

#include <string>
#include <vector>

#include "cli/env.h"

namespace smcli {

inline constexpr std::string_view kVersion = SMCLI_VERSION;

// `words` is argv: the program's name, then its arguments. A program called saved_model_cli speaks that format.
int RunProgram(std::vector<std::string> words, Env& env);

}  // namespace smcli
