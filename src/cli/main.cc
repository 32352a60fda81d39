#include <unistd.h>

#include <new>

#include "base/file.h"
#include "base/heap.h"
#include "cli/program.h"
#include "cli/standard_streams.h"

int main(int argc, char** argv) {
  smcli::KeepFreedMemory();
  smcli::FileDescriptorOutput out(STDOUT_FILENO, "stdout");
  smcli::FileDescriptorOutput err(STDERR_FILENO, "stderr");
  const std::unique_ptr<smcli::FileSystem> files = smcli::MakeRealFileSystem();
  smcli::Env env;
  env.files = files.get();
  env.out = &out;
  env.err = &err;
  env.out_terminal = smcli::TerminalOf(STDOUT_FILENO);
  env.err_terminal = smcli::TerminalOf(STDERR_FILENO);
  try {
    return smcli::RunProgram({argv, argv + argc}, env);
  } catch (const std::bad_alloc&) {
    static constexpr char kMessage[] = "smcli: out of memory\n";
    return ::write(STDERR_FILENO, kMessage, sizeof(kMessage) - 1) < 0 ? 70 : 70;
  }
}
