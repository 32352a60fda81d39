// Command: a row of the table of commands (commands.cc). A command adds a file, a row and a transcript, nothing else.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "base/result.h"
#include "cli/env.h"
#include "cli/flags.h"

namespace smcli {

class CommandBase {
 public:
  virtual ~CommandBase() = default;
  // Binds the members of the command to its flags; called once, before Run.
  virtual void Declare(Flags& flags) = 0;
  // The exit status 0 or 1, or an Error, whose kind is the exit status. Results go to env.out(), all else to env.err().
  virtual Result<int> Run(Env& env) = 0;
};

struct Example {
  std::string_view line;     // "smcli show MODEL"
  std::string_view purpose;  // "what the model is, on one screen"
};

struct Command {
  std::string_view name;
  std::string_view summary;      // one line in the list of commands
  std::string_view description;  // a paragraph or two; blank line between them
  std::span<const Example> examples;
  std::span<const std::string_view> formats;  // of --format, the default first
  std::unique_ptr<CommandBase> (*make)();
  bool owns_output = false;  // --output is the command's own product; else its stdout goes there
};

template <typename T>
std::unique_ptr<CommandBase> Make() {
  return std::make_unique<T>();
}

// Every command, in the order of `smcli --help`.
std::span<const Command* const> AllCommands();

}  // namespace smcli
