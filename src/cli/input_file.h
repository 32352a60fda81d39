// One input read from a file, or from what stands in a file's place.
#pragma once

#include <string>

#include "base/result.h"
#include "cli/env.h"
#include "cli/input_value.h"

namespace smcli {

// `value` is what follows the '=' of --inputs: a file, FILE.npz[MEMBER], '-' for stdin, or, where no file has that
// name, a literal. What a file is, is seen from its first bytes: npy, npz, an image, JSON (what is named so is nothing
// else); everything else is text.
// `NotFoundError` when there is neither file nor literal; `UsageError` for a member that is missing or must be named.
Result<InputValue> ReadInputFile(Env& env, std::string_view name, const std::string& value);

// A whole text file, '-' for stdin.
Result<std::string> ReadInputText(FileSystem& files, const std::string& path);

}  // namespace smcli
