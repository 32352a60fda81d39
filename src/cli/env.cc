#include "cli/env.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/thread_pool.h"
#include "base/utf8.h"
#include "report/printers.h"

namespace smcli {
namespace {

void WriteLine(const Env& env, std::string_view message) {
  // Nothing is left to be done when stderr is gone.
  (void)env.err->Write(fmt::format("{}: {}\n", env.program, Escaped(message)));
}

}  // namespace

int Env::ThreadCount() const {
  constexpr int64_t kMost = 1024;
  return threads > 0 ? static_cast<int>(std::min(threads, kMost)) : AvailableCores();
}

Status Env::Print(const Report& report) {
  const Printer* printer = FindPrinter(format);
  if (!printer) return InternalError("no printer for the format {}", format);
  std::string text;
  printer->print(report, {.color = out_terminal.color, .width = out_terminal.width}, &text);
  return out->Write(text);
}

void Env::Warn(std::string_view message) { WriteLine(*this, message); }

void Env::Note(std::string_view message) {
  if (verbosity >= 0) WriteLine(*this, message);
}

void Env::Verbose(std::string_view message) {
  if (verbosity > 0) WriteLine(*this, message);
}

}  // namespace smcli
