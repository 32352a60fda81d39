// The streams and terminals of a real process.
#pragma once

#include "cli/env.h"

namespace smcli {

class FileDescriptorOutput : public Output {
 public:
  FileDescriptorOutput(int descriptor, std::string_view name) : descriptor_(descriptor), name_(name) {}
  Status Write(std::string_view bytes) override;

 private:
  int descriptor_;
  std::string_view name_;  // "stdout", for messages
};

// Colour follows the terminal, NO_COLOR and TERM=dumb; width follows the terminal, or COLUMNS where it does not say.
Terminal TerminalOf(int descriptor);

}  // namespace smcli
