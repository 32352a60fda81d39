// Frames of V1 loops: Enter leads into one, Exit out of it, and the inputs of every other node come from one frame.
#pragma once

#include <span>
#include <vector>

#include "check/node_fault.h"
#include "model/graph.h"

namespace smcli {

// Nodes whose inputs come from different frames, Exits outside of any, and loops that nothing ends or begins. What
// depends on a fault is not reported again. `order`: of TopologicalOrder.
std::vector<NodeFault> CheckFrames(const Graph& graph, std::span<const int32_t> order);

}  // namespace smcli
