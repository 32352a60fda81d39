// The graph in numbers, and who wrote it.
#pragma once

#include "model/meta_graph.h"
#include "report/report.h"

namespace smcli {

// "35 nodes, 14 functions of 120 nodes, 18 kinds of op".
Value GraphSummary(const GraphOutline& outline);

// Graph versions, TensorFlow's version, and what else says who wrote the graph.
Value::Object DescribeVersions(const MetaGraph& meta_graph, const GraphOutline& outline);

}  // namespace smcli
