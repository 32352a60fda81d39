// Completions for three shells. What follows a flag is completed from its choices or offers, else with the names of
// files.
#include <fmt/format.h>

#include "cli/declared_command.h"
#include "cli/help.h"
#include "cli/reference.h"

namespace smcli {
namespace {

std::string CommandNames() {
  std::string names;
  for (const Command* command : AllCommands()) names += (names.empty() ? "" : " ") + std::string(command->name);
  return names;
}

// In single quotes, for zsh and fish; `escape` is how a quote is written inside.
std::string Quote(std::string_view text, std::string_view escape) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += escape;
    } else {
      out += c;
    }
  }
  return out + "'";
}

// Inside _arguments' '[...]' the brackets and colons are its own.
std::string ZshText(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string ZshFlag(const Flag& flag, const std::string& spelling) {
  std::string spec = fmt::format("{}{}[{}]", flag.repeats() ? "*" : "", spelling, ZshText(flag.help));
  if (!flag.is_switch()) {
    spec +=
        fmt::format(":{}:{}", ZshText(flag.operand),
                    flag.completions().empty() ? "_files" : fmt::format("({})", fmt::join(flag.completions(), " ")));
  }
  return "        " + Quote(spec, "'\\''") + " \\\n";
}

}  // namespace

std::string BashCompletion() {
  std::string choices, flags;
  for (const Command* command : AllCommands()) {
    const DeclaredCommand declared(*command);
    std::string words;
    for (const Flag& flag : declared.flags.all()) {
      if (flag.positional) continue;
      words += (words.empty() ? "--" : " --") + flag.name;
      if (flag.completions().empty()) continue;
      choices += fmt::format("    {}:--{}) COMPREPLY=($(compgen -W \"{}\" -- \"$cur\")); return ;;\n", command->name,
                             flag.name, fmt::join(flag.completions(), " "));
    }
    flags += fmt::format("    {}) flags=\"{}\" ;;\n", command->name, words);
  }
  return fmt::format(
      "# bash completion for smcli; written by `smcli help --completion bash`\n"
      "_smcli() {{\n"
      "  local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD-1]}} command=${{COMP_WORDS[1]}} flags=\n"
      "  if [ \"$COMP_CWORD\" = 1 ]; then\n"
      "    COMPREPLY=($(compgen -W \"{} --help --version\" -- \"$cur\"))\n"
      "    return\n"
      "  fi\n"
      "  case \"$command:$prev\" in\n{}  esac\n"
      "  case \"$command\" in\n{}  esac\n"
      "  case \"$cur\" in\n"
      "    -*) COMPREPLY=($(compgen -W \"$flags\" -- \"$cur\")) ;;\n"
      "    *) local IFS=$'\\n'; COMPREPLY=($(compgen -f -- \"$cur\")) ;;\n"
      "  esac\n"
      "}}\n"
      "complete -o filenames -F _smcli smcli\n",
      CommandNames(), choices, flags);
}

std::string ZshCompletion() {
  std::string commands, cases;
  for (const Command* command : AllCommands()) {
    commands += fmt::format("    {}\n", Quote(fmt::format("{}:{}", command->name, ZshText(command->summary)), "'\\''"));
    const DeclaredCommand declared(*command);
    cases += fmt::format("    {})\n      _arguments \\\n", command->name);
    for (const Flag& flag : declared.flags.all()) {
      if (flag.positional) continue;
      cases += ZshFlag(flag, "--" + flag.name);
      if (flag.letter != 0) cases += ZshFlag(flag, fmt::format("-{}", flag.letter));
    }
    cases += "        '*:model:_files' ;;\n";
  }
  return fmt::format(
      "#compdef smcli\n"
      "# zsh completion for smcli; written by `smcli help --completion zsh`\n"
      "_smcli() {{\n"
      "  local -a commands=(\n{}  )\n"
      "  if (( CURRENT == 2 )); then\n"
      "    _describe command commands\n"
      "    return\n"
      "  fi\n"
      "  local command=$words[2]\n"
      "  shift words\n"
      "  (( CURRENT-- ))\n"
      "  case $command in\n{}  esac\n"
      "}}\n"
      "_smcli \"$@\"\n",
      commands, cases);
}

std::string FishCompletion() {
  std::string out = "# fish completion for smcli; written by `smcli help --completion fish`\n";
  for (const Command* command : AllCommands()) {
    out += fmt::format("complete -c smcli -n __fish_use_subcommand -f -a {} -d {}\n", command->name,
                       Quote(command->summary, "\\'"));
  }
  for (const Command* command : AllCommands()) {
    const DeclaredCommand declared(*command);
    for (const Flag& flag : declared.flags.all()) {
      if (flag.positional) continue;
      out += fmt::format("complete -c smcli -n '__fish_seen_subcommand_from {}' -l {}", command->name, flag.name);
      if (flag.letter != 0) out += fmt::format(" -s {}", flag.letter);
      if (!flag.is_switch())
        out += flag.completions().empty() ? " -r" : fmt::format(" -x -a '{}'", fmt::join(flag.completions(), " "));
      out += fmt::format(" -d {}\n", Quote(flag.help, "\\'"));
    }
  }
  return out;
}

}  // namespace smcli
