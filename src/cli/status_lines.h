// A few lines at the bottom of a terminal that say what is going on; nothing where stderr is no terminal.
#pragma once

#include <string>
#include <vector>

#include "cli/env.h"

namespace smcli {

class StatusLines {
 public:
  explicit StatusLines(Env& env) : env_(env) {}
  ~StatusLines() { Clear(); }

  bool shown() const { return env_.err_terminal.interactive && env_.verbosity >= 0; }
  // Replaces the lines; each is cut to the terminal's width.
  void Show(const std::vector<std::string>& lines);
  // Takes the lines away, so that others can be written.
  void Clear();

 private:
  Env& env_;
  size_t lines_ = 0;
};

}  // namespace smcli
