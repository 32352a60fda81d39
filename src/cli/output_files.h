// Where outputs go on disk: DIR/<key>.npy, and whether they may.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cli/env.h"
#include "model/signature.h"

namespace smcli {

// DIR/<key>.npy for each output; a '/' in a key makes folders. `UsageError` for a key that would leave DIR: keys come
// from the model, which nobody trusts.
Result<std::vector<std::string>> OutputPaths(const std::string& directory, const std::vector<TensorSpec>& outputs);

// `UsageError` for the first of them that exists as a file or folder, unless --overwrite is given.
Status CheckMayWrite(const Env& env, const std::vector<std::string>& paths);

}  // namespace smcli
