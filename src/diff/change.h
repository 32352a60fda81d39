// Change: one line of a diff. What stood there before, what stands there now.
#pragma once

#include <string>

namespace smcli {

enum class ChangeKind { kAdded, kRemoved, kChanged, kRenamed };

inline char SignOf(ChangeKind kind) {
  constexpr char kSigns[] = {'+', '-', '~', '>'};
  return kSigns[static_cast<int>(kind)];
}
// "added", "removed", "changed", "renamed".
inline const char* Name(ChangeKind kind) {
  constexpr const char* kNames[] = {"added", "removed", "changed", "renamed"};
  return kNames[static_cast<int>(kind)];
}

struct Change {
  ChangeKind kind = ChangeKind::kChanged;
  std::string where;   // "serving_default.inputs.x", "vocab.txt"
  std::string before;  // empty where it was not there
  std::string after;
  std::string what;  // "dtype", "method name"; may be empty
};

}  // namespace smcli
