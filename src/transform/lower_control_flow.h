// LowerControlFlow: If, Case and While of the main graph become Switch, Merge, Enter and Exit (graph_and_functions.md
// 7), with the bodies of their branches and loops as nodes of the graph. A graph without functions remains.
#pragma once

#include "base/result.h"
#include "transform/rewriter.h"

namespace smcli {

// Calls should have been inlined before; those within branches are left as they are.
Status LowerControlFlow(Rewriter& rewriter);

}  // namespace smcli
