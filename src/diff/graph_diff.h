// GraphDiff: what differs between two graphs in canonical form, for people.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "diff/change.h"
#include "diff/match.h"
#include "diff/node_change.h"
#include "diff/subgraph.h"

namespace smcli {

class ThreadPool;

struct FunctionChange {
  ChangeKind kind = ChangeKind::kChanged;
  std::string before;  // full names; empty where it was not there
  std::string after;
  std::string name;                  // as a person wrote it
  std::string caller;                // "node a of the graph"; may be empty
  int64_t num_nodes = 0;             // of one that was added or removed
  std::vector<std::string> results;  // arguments and results that differ
  std::vector<NodeChange> nodes;
  Subgraph drawing;  // of the changed nodes
};

struct OpCount {
  std::string op;
  int64_t before = 0;
  int64_t after = 0;
};

struct GraphDiff {
  std::string tags;
  bool changed = false;
  int64_t nodes_before = 0, nodes_after = 0;  // of main graph and functions, the saver's left out
  std::vector<NodeChange> nodes;              // of the main graph
  Subgraph drawing;                           // of these
  std::vector<FunctionChange> functions;
  std::vector<Change> tensor_names;  // of signatures' inputs and outputs that both have
  int min_consumer_before = 0, min_consumer_after = 0;
  std::vector<OpCount> ops;     // those whose count differs, sorted by name
  std::vector<Error> problems;  // faults of either graph, with the place in front
};

// `pair` has both meta-graphs. `InvalidModelError` for graphs whose bytes cannot be read.
Result<GraphDiff> DiffGraphs(const MetaGraphPair& pair, ThreadPool& threads);

}  // namespace smcli
