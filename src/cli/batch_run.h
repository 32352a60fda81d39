// One long input, run in parts on several threads (run --batch-size).
#pragma once

#include <vector>

#include "base/result.h"
#include "cli/batch_split.h"
#include "cli/env.h"
#include "cli/row_collector.h"
#include "cli/run_target.h"

namespace smcli {

// Runs every part and hands the outputs to `collector` in order. At most two parts per thread are in memory at a time.
// Models whose runs change their variables, tables or random state run the parts one after another. The first error in
// the order of the rows is returned, with the rows.
Status RunInParts(Env& env, RunTarget& target, const BatchSplit& split, const std::vector<Tensor>& fed,
                  RowCollector& collector);

}  // namespace smcli
