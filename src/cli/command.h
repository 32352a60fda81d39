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

// A key of a command's JSON form, for docs/reference/json.md and the test that holds real output against it.
struct JsonKey {
  // From the outermost object: "ops[].op". Keys of a part that occurs in several places stand under its name instead,
  // which begins with a capital: "Spec.dtype", of a key whose type is "Spec" or "Spec[]". Where a command has a second
  // schema, its keys have that in front: "diff-rules:rules" of smcli.diff-rules/1.
  std::string_view path;
  // boolean, integer, number, string, any; object (with any keys), a part's name, "report" (the outermost object
  // again); all of them with "[]" (a list) and "?" (or null). Numbers include the strings "NaN" and "Infinity".
  std::string_view type;
  std::string_view meaning;
};

struct Command {
  std::string_view name;
  std::string_view summary;      // one line in the list of commands
  std::string_view description;  // a paragraph or two; blank line between them
  std::span<const Example> examples;
  std::span<const std::string_view> formats;  // of --format, the default first
  std::unique_ptr<CommandBase> (*make)();
  std::span<const JsonKey> json = {};  // of --format json, "schema" excepted
  bool owns_output = false;            // --output is the command's own product; else its stdout goes there
};

template <typename T>
std::unique_ptr<CommandBase> Make() {
  return std::make_unique<T>();
}

// Every command, in the order of `smcli --help`.
std::span<const Command* const> AllCommands();

}  // namespace smcli
