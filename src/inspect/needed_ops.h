// What the signatures of a model run: the ops that lie behind their outputs, in functions too.
#pragma once

#include <string>
#include <unordered_set>

#include "model/graph_outline.h"
#include "model/meta_graph.h"

namespace smcli {

using NameSet = std::unordered_set<std::string>;

// The names of those ops, the initialiser's among them. Of a broken graph, as much as can be followed; where nothing
// can, every op. `outline` is the graph's.
NameSet OpsOfSignatures(const MetaGraph& graph, const GraphOutline& outline);

}  // namespace smcli
