// NAME=VALUE lists of the command line: 'x=f.npy;y=g.npz[key]'.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace smcli {

struct Assignment {
  std::string name;  // empty where there was no '='
  std::string value;
};

// Parts between ';', cut at their first '='. A ';' within quotes or brackets does not separate when the value looks
// like a Python literal. Empty parts are skipped. `UsageError` for a part without '=' or without a name; `flag` begins
// it.
Result<std::vector<Assignment>> SplitAssignments(std::string_view text, std::string_view flag, bool all_literals);

// [NAME:]VALUE, as --atol y:1e-3; the name is empty for a bare value. Names may hold ':' themselves.
Assignment SplitScoped(std::string_view text);

}  // namespace smcli
