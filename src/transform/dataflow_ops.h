// The ops of V1 control flow (graph_and_functions.md 7). In a graph that has them, where a node runs is decided by what
// it reads: a transform must not leave a node of a loop or a branch without inputs.
#pragma once

#include <string_view>

#include "transform/graph_draft.h"

namespace smcli {

bool IsDataflowOp(std::string_view op);
// Does any node of the graph decide where others run?
bool HasDataflow(const GraphDraft& graph);

}  // namespace smcli
