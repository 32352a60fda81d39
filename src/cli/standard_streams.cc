#include "cli/standard_streams.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "base/descriptor.h"

namespace smcli {

Status FileDescriptorOutput::Write(std::string_view bytes) { return WriteDescriptor(descriptor_, name_, bytes); }

Terminal TerminalOf(int descriptor) {
  Terminal terminal;
  if (!isatty(descriptor)) return terminal;
  terminal.interactive = true;
  winsize size{};
  if (ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    terminal.width = size.ws_col;
  } else if (const char* columns = std::getenv("COLUMNS")) {
    terminal.width = std::atoi(columns);
  }
  const char* kind = std::getenv("TERM");
  const char* no_color = std::getenv("NO_COLOR");
  terminal.color = (!no_color || *no_color == 0) && kind && std::strcmp(kind, "dumb") != 0;
  return terminal;
}

}  // namespace smcli
