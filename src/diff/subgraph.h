// Subgraph: the changed nodes of a graph with their neighbours, both versions laid over each other, for a drawing.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "diff/change.h"
#include "diff/node_match.h"

namespace smcli {

struct SubgraphNode {
  std::string name;  // the newer
  std::string op;
  std::optional<ChangeKind> change;  // none: a neighbour
};

struct SubgraphEdge {
  int from = 0;  // indices of nodes
  int to = 0;
  std::optional<ChangeKind> change;  // kAdded, kRemoved; none: in both
  bool control = false;
};

struct Subgraph {
  std::vector<SubgraphNode> nodes;
  std::vector<SubgraphEdge> edges;
  size_t left_out = 0;  // changed nodes beyond what a drawing can hold
};

Subgraph DrawChanges(const GraphSide& before, const GraphSide& after, const NodeMatching& matching);

}  // namespace smcli
