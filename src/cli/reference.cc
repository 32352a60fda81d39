#include "cli/reference.h"

#include <fmt/format.h>

#include "cli/declared_command.h"
#include "cli/help.h"

namespace smcli {
namespace {

constexpr ExitStatus kExitStatuses[] = {
    {0, "success; `diff`: nothing of the asked kind differs; `check` and `scan`: nothing found"},
    {1,
     "`diff` found a difference (with `--breaking`: a breaking change); `check` or `scan` found something; "
     "`run --against` found a mismatch; some models of several failed"},
    {2,
     "usage: a bad flag, an unknown signature or input, an input whose dtype or shape does not fit, an output that "
     "exists without `--overwrite`"},
    {3, "invalid model: corrupt, truncated or inconsistent bytes"},
    {4, "unsupported: an op, dtype, attribute or target that smcli lacks; all of them are named at once"},
    {5, "the operating system refused; its own words, and the path"},
    {6, "not found: no such model, tag set, variable or file"},
    {7, "the model's own error while it runs, as TensorFlow would raise it"},
    {70, "a bug of smcli; the message asks for a report"},
};

// Inside a cell of a Markdown table.
std::string Cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|' || c == '*' || c == '<') out += '\\';
    out += c;
  }
  return out;
}

void AddFlagTables(const Flags& flags, std::string* out) {
  std::string group = "\n";  // no group has this name
  for (const Flag& flag : flags.all()) {
    if (flag.positional) continue;
    if (flag.group != group) {
      group = flag.group;
      *out += fmt::format("\n| {} | |\n|---|---|\n", group.empty() ? "Flags" : group);
    }
    std::string names = fmt::format("`{}`", SynopsisOf(flag));
    for (const std::string& alias : flag.aliases) names += fmt::format(", `--{}`", alias);
    *out += fmt::format("| {} | {} |\n", names, Cell(flag.help));
  }
}

}  // namespace

std::span<const ExitStatus> ExitStatuses() { return kExitStatuses; }

std::string FlagReference() {
  std::string out =
      "# Commands and flags\n\n"
      "Written by `smcli help --reference flags`; do not edit. In every name of a flag `-` and `_` are the same, so\n"
      "`--tag_set` is `--tag-set`.\n";
  for (const Command* command : AllCommands()) {
    const DeclaredCommand declared(*command);
    out += fmt::format("\n## {}\n\n    {}\n\n{}.\n", command->name, UsageOf(*command, declared.flags),
                       Cell(command->summary));
    if (!command->description.empty()) out += fmt::format("\n{}\n", command->description);
    AddFlagTables(declared.flags, &out);
    for (const Example& example : command->examples) {
      if (&example == &command->examples.front()) out += "\n";
      out += fmt::format("    # {}\n    {}\n", example.purpose, example.line);
    }
  }
  return out;
}

std::string ExitStatusReference() {
  std::string out =
      "# Exit statuses\n\n"
      "Written by `smcli help --reference exit-codes`; do not edit. A status above 1 comes with one line on stderr, "
      "which\n"
      "begins with `smcli: `.\n\n"
      "| status | meaning |\n|---:|---|\n";
  for (const ExitStatus& row : kExitStatuses) out += fmt::format("| {} | {} |\n", row.status, row.meaning);
  return out;
}

}  // namespace smcli
