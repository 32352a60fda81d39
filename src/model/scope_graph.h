// A graph folded by name scope, small enough to be drawn: "conv1/weights" and "conv1/bias" become one node "conv1".
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/graph.h"

namespace smcli {

struct Scope {
  std::string name;
  int64_t nodes = 0;
  std::string op;                                         // of a scope that is a single node
  std::vector<std::pair<std::string_view, int64_t>> ops;  // most frequent first
};

struct ScopeEdge {
  size_t from = 0, to = 0;  // indices into ScopeGraph::scopes
  int64_t tensors = 0;      // how many inputs of `to` come from `from`; 0: control only
};

struct ScopeGraph {
  std::vector<Scope> scopes;     // in the order of their first nodes
  std::vector<ScopeEdge> edges;  // sorted by from, to; none from a scope to itself
};

// Scopes are the first `depth` parts of node names. Views point into the graph.
ScopeGraph FoldByScope(const Graph& graph, int64_t depth);

// As a Graphviz digraph, and as a Mermaid flow chart.
std::string DotOf(const ScopeGraph& graph, std::string_view title);
std::string MermaidOf(const ScopeGraph& graph);
// As a part of a Graphviz digraph, in a frame of its own; `number` tells the frames of one digraph apart.
std::string DotClusterOf(const ScopeGraph& graph, std::string_view title, size_t number);
// Inside a double-quoted DOT string.
std::string DotEscaped(std::string_view text);

// "35 nodes", or of a single one its op.
std::string ScopeDetail(const Scope& scope);

// The first `depth` parts of a name, "a/b" of "a/b/c" for 2.
std::string_view ScopeOf(std::string_view name, int64_t depth);

}  // namespace smcli
