// Which functions of two libraries are the same one. Their names are generated, so this goes by what they do, then by
// who calls them, then by the part of the name that a person wrote.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "diff/canonical_graph.h"
#include "diff/node_change.h"

namespace smcli {

// "__inference_call_fn_1234" -> "call_fn"; "cond_true_57" -> "cond_true".
std::string_view WrittenName(std::string_view function);

class FunctionMatching final : public FunctionPairs {
 public:
  // Two functions that are one but not equal: indices into CanonicalGraph::functions().
  struct Pair {
    int32_t before;
    int32_t after;
    std::string caller;  // "node a of the graph", "node b of function f"; empty where no caller led to them
    NodeMatching nodes;
  };

  // `main` is the matching of the two main graphs' nodes. The saver's functions are left out.
  FunctionMatching(const CanonicalGraph& before, const CanonicalGraph& after, const NodeMatching& main);

  bool AreOne(std::string_view before, std::string_view after) const override;

  const std::vector<Pair>& changed() const { return pairs_; }
  std::vector<int32_t> removed() const { return Open(before_, before_done_); }  // only OLD has what they do
  std::vector<int32_t> added() const { return Open(after_, after_done_); }

 private:
  struct Call {
    std::string_view before, after;
  };

  static std::vector<int32_t> Open(const CanonicalGraph& graph, const std::vector<bool>& done);
  void MatchEqual();
  void FollowCalls(const Graph& before, const Graph& after, const NodeMatching& nodes, std::string_view place);
  void MatchNames();
  void Add(int32_t before, int32_t after, std::string caller);
  void FollowAll();

  const CanonicalGraph& before_;
  const CanonicalGraph& after_;
  std::vector<bool> before_done_, after_done_;
  std::vector<Pair> pairs_;
  size_t followed_ = 0;  // of pairs_
};

// A main graph, or a function's body, as node matching sees it.
GraphSide SideOf(const CanonicalGraph& graph);
GraphSide SideOf(const CanonicalGraph& graph, const CanonicalFunction& function);

}  // namespace smcli
