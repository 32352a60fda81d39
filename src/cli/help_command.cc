// help: the same texts as --help, and what is made of the table of commands for others to read.
#include "base/lookup.h"
#include "cli/command.h"
#include "cli/global_flags.h"
#include "cli/help.h"

namespace smcli {
namespace {

class HelpCommand : public CommandBase {
 public:
  void Declare(Flags& flags) override { flags.Positional("[COMMAND]", &commands_, "the command to explain"); }

  Result<int> Run(Env& env) override {
    if (commands_.empty()) {
      SMCLI_RETURN_IF_ERROR(env.out->Write(ProgramHelp(env.out_terminal)));
      return 0;
    }
    for (const std::string& name : commands_) {
      const Command* command = FindByName(AllCommands(), name);
      if (!command) return UnknownNameError("command", name, AllCommands());
      Flags flags;
      GlobalFlags global;
      const std::unique_ptr<CommandBase> base = command->make();
      base->Declare(flags);
      global.Declare(*command, flags);
      SMCLI_RETURN_IF_ERROR(env.out->Write(CommandHelp(*command, flags, env.out_terminal)));
    }
    return 0;
  }

 private:
  std::vector<std::string> commands_;
};

constexpr Example kExamples[] = {{"smcli help show", "what show can do"}};
constexpr std::string_view kFormats[] = {"text"};

}  // namespace

extern const Command kHelp = {
    .name = "help",
    .summary = "explain a command",
    .description = "",
    .examples = kExamples,
    .formats = kFormats,
    .make = Make<HelpCommand>,
};

}  // namespace smcli
