// A graph folded by name scope, as a table: each scope with its nodes, most frequent ops, and the scopes it reads.
#pragma once

#include "model/scope_graph.h"
#include "report/report.h"

namespace smcli {

Table ScopeTable(const ScopeGraph& graph);

}  // namespace smcli
