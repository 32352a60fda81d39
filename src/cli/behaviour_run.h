// diff --behaviour: both models run on the same inputs.
#pragma once

#include "base/result.h"
#include "cli/diff_options.h"
#include "cli/env.h"
#include "diff/behaviour.h"
#include "diff/model_side.h"

namespace smcli {

class ThreadPool;

// Runs the signature that is asked for; with nothing but --random, every signature that both have; else the default
// one. `common` are the tolerances of outputs that have none of their own. What one model cannot run is skipped and
// said; where nothing could be compared, the first reason is the error.
Result<BehaviourDiff> RunBoth(Env& env, const DiffFlags& flags, const ModelSide& before, const ModelSide& after,
                              const ValueTolerances& common, ThreadPool& threads);

}  // namespace smcli
