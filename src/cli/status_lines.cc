#include "cli/status_lines.h"

#include <fmt/format.h>

#include "base/utf8.h"

namespace smcli {

void StatusLines::Show(const std::vector<std::string>& lines) {
  if (!shown()) return;
  Clear();
  std::string text;
  for (const std::string& line : lines) {
    text += env_.err_terminal.width > 0 ? FittedTo(line, env_.err_terminal.width - 1) : line;
    text += '\n';
  }
  lines_ = lines.size();
  (void)env_.err->Write(text);
}

void StatusLines::Clear() {
  // Up to the first of the lines, and away with all from there on.
  if (lines_ > 0) (void)env_.err->Write(fmt::format("\x1b[{}A\x1b[J", lines_));
  lines_ = 0;
}

}  // namespace smcli
