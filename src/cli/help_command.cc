// help: the same texts as --help, and what is made of the table of commands for others to read.
#include <fmt/format.h>

#include "base/lookup.h"
#include "base/utf8.h"
#include "cli/command.h"
#include "cli/declared_command.h"
#include "cli/help.h"
#include "cli/reference.h"

namespace smcli {
namespace {

struct Text {
  std::string_view name;
  std::string (*make)();
};
constexpr Text kCompletions[] = {{"bash", BashCompletion}, {"zsh", ZshCompletion}, {"fish", FishCompletion}};
constexpr Text kReferences[] = {{"flags", FlagReference}, {"exit-codes", ExitStatusReference},
                                {"json", JsonReference},  {"ops", OpReference},
                                {"rules", RuleReference}, {"check-rules", CheckRuleReference}};

template <size_t kCount>
std::vector<std::string> NamesOf(const Text (&texts)[kCount]) {
  std::vector<std::string> names;
  for (const Text& text : texts) names.emplace_back(text.name);
  return names;
}

class HelpCommand : public CommandBase {
 public:
  void Declare(Flags& flags) override {
    flags.Positional("[COMMAND...]", &commands_, "the commands to explain");
    flags.Switch("man", &man_, "the manual page, as roff");
    flags.Add("completion", "SHELL", &completion_, "the completions of bash, zsh or fish").choices =
        NamesOf(kCompletions);
    flags
        .Add("reference", "PAGE", &reference_,
             "a page of docs/reference: flags, exit-codes, json, ops, rules, "
             "check-rules")
        .choices = NamesOf(kReferences);
  }

  Result<int> Run(Env& env) override {
    SMCLI_ASSIGN_OR_RETURN(const std::string text, Answer(env));
    SMCLI_RETURN_IF_ERROR(env.out->Write(text));
    return 0;
  }

 private:
  Result<std::string> Answer(const Env& env) const {
    if (man_) return ManPage();
    if (!completion_.empty()) return FindByName(kCompletions, completion_)->make();
    if (!reference_.empty()) return FindByName(kReferences, reference_)->make();
    if (commands_.empty()) return ProgramHelp(env.out_terminal);
    std::string out;
    for (const std::string& name : commands_) {
      const Command* command = FindByName(AllCommands(), name);
      if (!command) return UnknownNameError("command", Escaped(name), AllCommands());
      const DeclaredCommand declared(*command);
      out += (out.empty() ? "" : "\n") + CommandHelp(*command, declared.flags, env.out_terminal);
    }
    return out;
  }

  std::vector<std::string> commands_;
  bool man_ = false;
  std::string completion_;
  std::string reference_;
};

constexpr Example kExamples[] = {
    {"smcli help show", "what show can do"},
    {"smcli help --completion bash >/etc/bash_completion.d/smcli", "completions for everybody's bash"},
    {"smcli help --man | man -l -", "the manual page"},
};
constexpr std::string_view kFormats[] = {"text"};

}  // namespace

extern const Command kHelp = {
    .name = "help",
    .summary = "explain a command; print the man page or a shell's completions",
    .description = "",
    .examples = kExamples,
    .formats = kFormats,
    .make = Make<HelpCommand>,
};

}  // namespace smcli
