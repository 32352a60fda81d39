#include "cli/program.h"

#include <algorithm>

#include "base/file.h"
#include "base/lookup.h"
#include "base/utf8.h"
#include "cli/declared_command.h"
#include "cli/help.h"
#include "cli/output_files.h"
#include "cli/parse.h"

namespace smcli {
namespace {

int Fail(const Error& error, Env& env) {
  env.Warn(error.message());
  if (error.kind() == ErrorKind::kInternal) env.Warn("this is a bug of smcli; please report it with the command line");
  return ExitCode(error.kind());
}

Result<const Command*> FindCommand(std::string_view name) {
  if (const Command* command = FindByName(AllCommands(), name)) return command;
  if (name.starts_with('-')) {
    return UsageError("unknown flag {}; a command comes first, and 'smcli --help' shows them", Quoted(name));
  }
  return UnknownNameError("command", Escaped(name), AllCommands());
}

// Runs the command with its stdout in a string, then writes that to --output.
Result<int> RunIntoFile(CommandBase& command, Env& env) {
  SMCLI_RETURN_IF_ERROR(CheckMayWrite(env, {env.output}));
  StringOutput text;
  Output* const terminal = std::exchange(env.out, &text);
  env.out_terminal = {};
  Result<int> status = command.Run(env);
  env.out = terminal;
  if (status.ok()) SMCLI_RETURN_IF_ERROR(WriteFile(*env.files, env.output, text.text));
  return status;
}

Result<int> RunCommand(const Command& command, std::vector<std::string> args, bool as_saved_model_cli, Env& env) {
  DeclaredCommand declared(command);
  if (as_saved_model_cli && std::ranges::find(command.formats, "saved_model_cli") != command.formats.end()) {
    declared.global.format = "saved_model_cli";
  }
  SMCLI_RETURN_IF_ERROR(ParseFlags(command.name, std::move(args), declared.flags));
  declared.global.Apply(env);
  // For the others an empty --output is stdout already.
  if (env.output == "-") env.output = command.owns_output ? kStdoutPath : "";
  if (declared.global.help) {
    SMCLI_RETURN_IF_ERROR(env.out->Write(CommandHelp(command, declared.flags, env.out_terminal)));
    return 0;
  }
  if (!env.output.empty() && !command.owns_output) return RunIntoFile(*declared.base, env);
  return declared.base->Run(env);
}

Result<int> Run(std::vector<std::string> words, Env& env) {
  const bool as_saved_model_cli = words[0].substr(words[0].rfind('/') + 1) == "saved_model_cli";
  if (as_saved_model_cli) env.program = "saved_model_cli";
  if (words.size() < 2) return UsageError("no command; 'smcli --help' shows them");
  const std::string& first = words[1];
  if (first == "--version" || (as_saved_model_cli && first == "-v")) {
    SMCLI_RETURN_IF_ERROR(env.out->Write(fmt::format("smcli {}\n", kVersion)));
    return 0;
  }
  if (first == "--help" || first == "-h") {
    SMCLI_RETURN_IF_ERROR(env.out->Write(ProgramHelp(env.out_terminal)));
    return 0;
  }
  SMCLI_ASSIGN_OR_RETURN(const Command* command, FindCommand(first));
  words.erase(words.begin(), words.begin() + 2);
  return RunCommand(*command, std::move(words), as_saved_model_cli, env);
}

}  // namespace

int RunProgram(std::vector<std::string> words, Env& env) {
  if (words.empty()) words.emplace_back("smcli");
  const Result<int> status = Run(std::move(words), env);
  return status.ok() ? *status : Fail(status.error(), env);
}

}  // namespace smcli
