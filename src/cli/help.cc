#include "cli/help.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.h"
#include "report/layout.h"

namespace smcli {
namespace {

constexpr int kFlagColumn = 28;   // where the explanations of flags start
constexpr int kWidestText = 100;  // running text is not set wider than this

int WidthOf(const Terminal& terminal) {
  return terminal.width > 0 ? std::min(terminal.width, kWidestText) : kWidestText;
}

void AddFlag(const Flag& flag, int width, std::string* out) {
  std::string line = fmt::format("  {}{}", flag.letter != 0 ? "" : "    ", SynopsisOf(flag));
  if (line.size() + 2 > kFlagColumn) {
    *out += line + "\n";
    line.clear();
  }
  line.resize(kFlagColumn, ' ');
  *out += line + Wrap(flag.help, kFlagColumn, width) + "\n";
}

void AddFlags(const Flags& flags, const Style& style, int width, std::string* out) {
  std::string group = "\n";  // no group has this name
  for (const Flag& flag : flags.all()) {
    if (flag.positional) continue;
    if (flag.group != group) {
      group = flag.group;
      *out += "\n" + style.Heading(group.empty() ? "Flags" : group) + "\n";
    }
    AddFlag(flag, width, out);
  }
}

void AddExamples(const Command& command, const Style& style, std::string* out) {
  if (command.examples.empty()) return;
  *out += "\n" + style.Heading("Examples") + "\n";
  for (const Example& example : command.examples) {
    *out += fmt::format("  {}\n", style.Faint(fmt::format("# {}", example.purpose)));
    *out += fmt::format("  {}\n", example.line);
  }
}

}  // namespace

std::string SynopsisOf(const Flag& flag) {
  std::string text = flag.letter != 0 ? fmt::format("-{}, --{}", flag.letter, flag.name) : "--" + flag.name;
  if (!flag.operand.empty()) text += " " + flag.operand;
  return text;
}

std::string UsageOf(const Command& command, const Flags& flags) {
  std::string text = fmt::format("smcli {}", command.name);
  for (const Flag& flag : flags.all()) {
    if (flag.positional) text += " " + flag.name;
  }
  return text + " [flags]";
}

std::string ProgramHelp(const Terminal& terminal) {
  const Style style{terminal.color};
  std::string out = "smcli: shows, runs, compares, checks and converts TensorFlow SavedModels, without TensorFlow.\n\n";
  out += style.Heading("Usage") + "\n  smcli COMMAND [MODEL...] [flags]\n\n" + style.Heading("Commands") + "\n";
  for (const Command* command : AllCommands()) {
    out += fmt::format("  {}{}\n", style.Strong(fmt::format("{:<10}", command->name)), command->summary);
  }
  out += "\n" + style.Heading("A model is") + "\n" +
         "  a SavedModel folder, a folder of numbered versions, a saved_model.pb, .pbtxt or .cpb file,\n"
         "  a checkpoint prefix, or a frozen GraphDef; without one, the current folder.\n\n";
  out += "'smcli COMMAND --help' explains a command. 'smcli --version' says which smcli this is.\n";
  return out;
}

std::string CommandHelp(const Command& command, const Flags& flags, const Terminal& terminal) {
  const Style style{terminal.color};
  const int width = WidthOf(terminal);
  std::string out = fmt::format("{}: {}\n\n", style.Strong(fmt::format("smcli {}", command.name)), command.summary);
  out += style.Heading("Usage") + "\n  " + UsageOf(command, flags) + "\n";
  if (!command.description.empty()) out += "\n" + Wrap(command.description, 0, width) + "\n";
  AddFlags(flags, style, width, &out);
  AddExamples(command, style, &out);
  return out;
}

}  // namespace smcli
