// Several models on the same inputs, at the same time.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cli/env.h"
#include "cli/run_answer.h"
#include "cli/run_options.h"

namespace smcli {

// One answer per path, in their order; a model that fails does not stop the others. The threads are shared among the
// models that run at once. What they say on stderr comes in the order of the paths. `outdirs`: beside the paths.
std::vector<Result<RunAnswer>> RunModels(Env& env, const RunOptions& options, const GivenInputs& given,
                                         const std::vector<std::string>& paths,
                                         const std::vector<std::string>& outdirs);

}  // namespace smcli
