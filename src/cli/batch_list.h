// The models of a batch: what --batch names.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cli/env.h"

namespace smcli {

// Each word is a file with one model a line (empty lines and lines that begin with '#' are skipped), "-" for the same
// on stdin, a folder of models, a model's folder, or a glob of models ("models/*"; '*' does not cross a '/'). In the
// order given; folders and globs sorted. `NotFoundError` for what names nothing.
Result<std::vector<std::string>> ReadBatchList(Env& env, const std::vector<std::string>& words);

}  // namespace smcli
