#include "cli/global_flags.h"

#include <fmt/format.h>

namespace smcli {

void GlobalFlags::Declare(const Command& command, Flags& flags) {
  flags.Group("Everywhere");
  format = command.formats.front();
  Flag& how = flags.Add("format", "FORMAT", &format, "");
  how.choices.assign(command.formats.begin(), command.formats.end());
  how.help = fmt::format("{} (default: {})", fmt::join(command.formats, ", "), command.formats.front());
  flags.Add("output,o", "FILE", &output,
            command.owns_output ? "where to write; '-' for stdout" : "write the answer into a file; '-' for stdout");
  flags.Switch("overwrite", &overwrite, "replace files that exist");
  flags.Add("color", "WHEN", &color, "auto, always, never (default: auto)").choices = {"auto", "always", "never"};
  flags.Add("threads", "N", &threads, "threads to use (default: the cores this machine gives us)").least = 0;
  flags.Switch("quiet,q", &quiet, "no notes and no progress on stderr");
  flags.Switch("verbose,v", &verbose, "say more on stderr");
  flags.Switch("help,h", &help, "this text");
}

void GlobalFlags::Apply(Env& env) const {
  env.format = format;
  env.output = output;
  env.overwrite = overwrite;
  env.verbosity = quiet ? -1 : verbose ? 1 : 0;
  env.threads = threads;
  if (color != "auto") env.out_terminal.color = env.err_terminal.color = color == "always";
}

}  // namespace smcli
