// Which nodes of two graphs are the same node: by name, and where names differ by structure: what a node is, what it
// reads, and who reads it. Linear in the size of the graphs but for sorting.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "diff/canonical_node.h"
#include "diff/digest.h"
#include "model/graph.h"

namespace smcli {

// A main graph or a function's body, as node matching sees it. All of it outlives the matching.
struct GraphSide {
  const Graph* graph = nullptr;
  std::span<const Digest> nodes;  // by node id, as are the kinds: of NodeCanonicalizer::IdentityOf
  std::span<const uint64_t> kinds;
  const std::vector<bool>* left_out = nullptr;  // nodes that are not compared (the saver's); may be null
  const NodeCanonicalizer* canonicalizer = nullptr;

  bool compared(int32_t id) const {
    return (left_out == nullptr || !(*left_out)[static_cast<size_t>(id)]) && !IsArgument(graph->node(id));
  }
};

class NodeMatching {
 public:
  // -1: the other graph has no such node. Arguments of functions match by position.
  int32_t AfterOf(int32_t before) const { return to_after_[static_cast<size_t>(before)]; }
  int32_t BeforeOf(int32_t after) const { return to_before_[static_cast<size_t>(after)]; }

 private:
  friend class NodeMatcher;
  std::vector<int32_t> to_after_;
  std::vector<int32_t> to_before_;
};

NodeMatching MatchNodes(const GraphSide& before, const GraphSide& after);

}  // namespace smcli
