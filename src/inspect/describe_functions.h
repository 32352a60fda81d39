// The functions of a meta-graph: those that Python code can call, and the library of graphs behind them.
#pragma once

#include "base/result.h"
#include "model/meta_graph.h"
#include "report/report.h"

namespace smcli {

// Every way to call a function of the object graph: its path, concrete function, arguments ("x float32[?,2],
// training=False") and results, captures.
// Empty for models without objects.
Result<Table> CallableTable(const MetaGraph& meta_graph);

// The function library in file order: name, nodes, arguments and results, the object it belongs to.
Result<Table> FunctionTable(const MetaGraph& meta_graph, const GraphOutline& outline);

}  // namespace smcli
