// What differs between two nodes that are the same node, or the same result of a function, in words.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "diff/change.h"
#include "diff/node_match.h"

namespace smcli {

struct NodeChange {
  ChangeKind kind = ChangeKind::kChanged;
  std::string before;  // names; empty where it was not there
  std::string after;
  std::string op;                    // of the newer of the two
  std::vector<std::string> details;  // "op Relu -> Tanh", "input 1: b -> c"
};

// Are two functions the same one, changed or not? What changed in them is said elsewhere.
class FunctionPairs {
 public:
  virtual ~FunctionPairs() = default;
  virtual bool AreOne(std::string_view before, std::string_view after) const = 0;
};

// All nodes that were added, removed, renamed or changed. A node that reads a renamed node is no change, nor one that
// calls a changed function.
std::vector<NodeChange> DescribeNodes(const GraphSide& before, const GraphSide& after, const NodeMatching& matching,
                                      const FunctionPairs& functions);

// Differences between the results of two functions.
std::vector<std::string> DescribeResults(const Graph& before, const Graph& after, const NodeMatching& matching);

}  // namespace smcli
