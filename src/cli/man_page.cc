#include <fmt/format.h>

#include "cli/declared_command.h"
#include "cli/help.h"
#include "cli/program.h"
#include "cli/reference.h"

namespace smcli {
namespace {

// Text in roff: nothing in it is a request or an escape, hyphens are minus signs, and code is set in bold.
std::string Roff(std::string_view text) {
  std::string out;
  bool code = false;
  for (const char c : text) {
    switch (c) {
      case '\\': out += "\\e"; break;
      case '-': out += "\\-"; break;
      case '`':
        out += code ? "\\fR" : "\\fB";
        code = !code;
        break;
      default:
        if ((c == '.' || c == '\'') && (out.empty() || out.back() == '\n')) out += "\\&";
        out += c;
    }
  }
  return out;
}

void AddFlags(const Flags& flags, std::string* out) {
  for (const Flag& flag : flags.all()) {
    if (flag.positional || flag.group == "Everywhere") continue;
    *out += fmt::format(".TP\n\\fB{}\\fR\n{}\n", Roff(SynopsisOf(flag)), Roff(flag.help));
  }
}

void AddGlobalFlags(std::string* out) {
  *out += ".SH FLAGS OF EVERY COMMAND\n";
  const DeclaredCommand declared(*AllCommands().front());
  for (const Flag& flag : declared.flags.all()) {
    if (flag.group != "Everywhere") continue;
    const std::string_view help = flag.name == "format"
                                      ? std::string_view("how to answer; --help says what a command offers")
                                      : std::string_view(flag.help);
    *out += fmt::format(".TP\n\\fB{}\\fR\n{}\n", Roff(SynopsisOf(flag)), Roff(help));
  }
}

}  // namespace

std::string ManPage() {
  std::string out = fmt::format(".TH SMCLI 1 \"\" \"smcli {}\" \"User Commands\"\n", kVersion);
  out += ".SH NAME\nsmcli \\- show, run, compare, check and convert TensorFlow SavedModels, without TensorFlow\n";
  out += ".SH SYNOPSIS\n\\fBsmcli\\fR \\fICOMMAND\\fR [\\fIMODEL\\fR...] [\\fIflags\\fR]\n";
  out +=
      ".SH DESCRIPTION\nA model is a SavedModel folder, a folder of numbered versions, a saved_model.pb, .pbtxt or "
      ".cpb file,\n"
      "a checkpoint prefix, or a frozen GraphDef; without one, the current folder.\n"
      "Answers go to stdout, everything else to stderr.\n"
      "In every name of a flag \\- and _ are the same.\n";
  out += ".SH COMMANDS\n";
  for (const Command* command : AllCommands()) {
    const DeclaredCommand declared(*command);
    out += fmt::format(".SS {}\n\\fB{}\\fR\n.PP\n{}.\n", Roff(command->name), Roff(UsageOf(*command, declared.flags)),
                       Roff(command->summary));
    if (!command->description.empty()) out += fmt::format(".PP\n{}\n", Roff(command->description));
    AddFlags(declared.flags, &out);
    for (const Example& example : command->examples) {
      out += fmt::format(".PP\n{}:\n.PP\n.nf\n    {}\n.fi\n", Roff(example.purpose), Roff(example.line));
    }
  }
  AddGlobalFlags(&out);
  out += ".SH EXIT STATUS\n";
  for (const ExitStatus& row : ExitStatuses()) out += fmt::format(".TP\n{}\n{}\n", row.status, Roff(row.meaning));
  out +=
      ".SH ENVIRONMENT\n.TP\nNO_COLOR\nwhen set, no colour unless \\-\\-color asks for it\n"
      ".TP\nCOLUMNS\nthe width of a terminal that does not tell its own\n";
  return out;
}

}  // namespace smcli
