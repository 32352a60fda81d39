// Shapes along a graph, for the ops whose inputs must fit each other: what is known of constants, variables and
// placeholders is carried through the ops that keep it. TensorFlow infers shapes so when it reads a graph; what it
// finds beyond this, other ops' rules, is not looked at.
#pragma once

#include <span>
#include <vector>

#include "check/node_fault.h"
#include "model/graph.h"

namespace smcli {

// Nodes whose input shapes cannot go together. `order`: of TopologicalOrder.
std::vector<NodeFault> CheckShapes(const Graph& graph, std::span<const int32_t> order);

}  // namespace smcli
