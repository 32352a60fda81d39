// The table of commands. A new command is its file, a declaration and a row here.
#include "cli/command.h"

namespace smcli {

extern const Command kBench;
extern const Command kCheck;
extern const Command kConvert;
extern const Command kDiff;
extern const Command kHash;
extern const Command kHelp;
extern const Command kOps;
extern const Command kRun;
extern const Command kScan;
extern const Command kShow;

std::span<const Command* const> AllCommands() {
  static constexpr const Command* kCommands[] = {
      &kShow,     //
      &kRun,      //
      &kDiff,     //
      &kConvert,  //
      &kCheck,    //
      &kScan,     //
      &kBench,    //
      &kOps,      //
      &kHash,     //
      &kHelp,
  };
  return kCommands;
}

}  // namespace smcli
