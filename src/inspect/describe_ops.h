// The ops of a graph and of its functions.
#pragma once

#include "model/graph_outline.h"
#include "model/meta_graph.h"
#include "report/report.h"

namespace smcli {

// Ops that `run` lacks, with how often they occur: op, count. Calls of the model's own functions are no ops, and the
// ops of the saver, which every trained model has, count only where a signature needs one.
Table UnsupportedOps(const MetaGraph& graph, const GraphOutline& outline);

// Most frequent first: op, nodes in all, in the main graph, in functions, and whether `run` has it.
Table OpTable(const GraphOutline& outline);

// The main graph and each function that has nodes: a row of their sum, without an op, then a row per op.
Table OpTableByFunction(const GraphOutline& outline);

}  // namespace smcli
