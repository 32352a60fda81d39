// One model's part of a `run`: everything from its opening to its answer.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/env.h"
#include "cli/run_answer.h"
#include "cli/run_options.h"

namespace smcli {

// Runs what the options say of the model at `path`. Outputs are saved below `outdir` (empty: nowhere). Adds to the
// answer what
// --steps, --validate, --profile and --against find; `passed` is false when --validate or --against found something.
Result<RunAnswer> RunModel(Env& env, const RunOptions& options, const GivenInputs& given, const std::string& path,
                           const std::string& outdir);

}  // namespace smcli
