// Env: all that a command may touch besides its own members: files, the two streams, the terminal, the global flags.
// Tests hand in their own.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace smcli {

class FileSystem;
struct Report;

// A stream of bytes to somebody: a file descriptor, or a string in tests.
class Output {
 public:
  virtual ~Output() = default;
  virtual Status Write(std::string_view bytes) = 0;
};

class StringOutput : public Output {
 public:
  Status Write(std::string_view bytes) override {
    text += bytes;
    return {};
  }
  std::string text;
};

// What hangs on a stream.
struct Terminal {
  bool interactive = false;  // a person looks at it
  int width = 0;             // columns; 0: no limit
  bool color = false;
};

class Env {
 public:
  FileSystem* files = nullptr;
  Output* out = nullptr;
  Output* err = nullptr;
  Terminal out_terminal;
  Terminal err_terminal;
  std::string program = "smcli";  // what messages begin with

  // The global flags, as typed or their defaults.
  std::string format;  // one of Command::formats
  std::string output;  // --output; empty: stdout
  bool overwrite = false;
  int verbosity = 0;    // -1 quiet, 1 verbose
  int64_t threads = 0;  // 0: as many as this machine gives us; see ThreadCount

  bool saved_model_cli() const { return format == "saved_model_cli"; }
  // How many threads to work with; at least 1.
  int ThreadCount() const;

  // Prints a report in `format`.
  Status Print(const Report& report);
  // One line on stderr, `smcli: ` in front, escaped. Note is silent with -q, Verbose without -v.
  void Warn(std::string_view message);
  void Note(std::string_view message);
  void Verbose(std::string_view message);
};

}  // namespace smcli
