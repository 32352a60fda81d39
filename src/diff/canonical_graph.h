// CanonicalGraph: the graph of a meta-graph in the form in which two saves of one model are equal. The rules are those
// of docs/guide/diff.md, "What counts".
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "diff/canonical_node.h"
#include "diff/digest.h"
#include "model/functions.h"
#include "model/graph.h"
#include "model/meta_graph.h"

namespace smcli {

class ThreadPool;

struct CanonicalFunction {
  std::string_view name;
  const Function* function = nullptr;
  std::unique_ptr<const Graph> graph;  // null: its bytes are no function, and its digest is theirs
  std::vector<Digest> nodes;           // by node id; of arguments zero
  std::vector<uint64_t> kinds;         // by node id: NodeCanonicalizer::Identity::kind
  std::vector<int32_t> callees;        // indices of functions that its nodes refer to, sorted
  Digest digest;       // of what it does: its own name and those of its arguments and results do not count
  bool saver = false;  // only the saver calls it
};

class CanonicalGraph {
 public:
  // `meta_graph` outlives the answer. Faults in the graph are collected in `problems`; unreadable bytes are an error.
  static Result<std::unique_ptr<const CanonicalGraph>> Make(const MetaGraph& meta_graph, ThreadPool& threads,
                                                            std::vector<Error>& problems);

  CanonicalGraph(const CanonicalGraph&) = delete;
  CanonicalGraph& operator=(const CanonicalGraph&) = delete;

  const Graph& main() const { return *main_; }
  const std::vector<Digest>& nodes() const { return nodes_; }    // by node id
  const std::vector<uint64_t>& kinds() const { return kinds_; }  // by node id
  // Does only the saver need the node? Such nodes are no part of the model.
  bool IsSaver(int32_t node) const { return saver_nodes_[static_cast<size_t>(node)]; }
  const std::vector<bool>& saver_nodes() const { return saver_nodes_; }           // by node of the main graph
  const std::vector<CanonicalFunction>& functions() const { return functions_; }  // in file order
  int32_t FindFunction(std::string_view name) const;                              // -1: no such function
  const NodeCanonicalizer& canonicalizer() const { return canonicalizer_; }
  int min_consumer() const { return min_consumer_; }

  // Equal exactly when all nodes and all functions are, the saver's left out.
  Digest digest() const;

 private:
  CanonicalGraph() : canonicalizer_(digests_, defaults_) {}
  Status ReadFunctions(const MetaGraph& meta_graph);
  void DigestFunctions(ThreadPool& threads);
  void DigestCycles(const std::vector<int32_t>& functions, ThreadPool& threads);
  Digest DigestOfFunction(CanonicalFunction& function) const;
  void MarkSaver(const MetaGraph& meta_graph);

  std::unique_ptr<const Graph> main_;
  std::vector<Digest> nodes_;
  std::vector<uint64_t> kinds_;
  std::vector<bool> saver_nodes_;
  std::vector<CanonicalFunction> functions_;
  std::unordered_map<std::string_view, int32_t> by_name_;
  FunctionDigests digests_;
  AttrDefaults defaults_;
  NodeCanonicalizer canonicalizer_;
  int min_consumer_ = 0;
};

// Nodes of a main graph that nothing but its saver needs: those that saver_def names, and what only they need,
// variables excepted.
std::vector<bool> FindSaverNodes(const Graph& graph, const MetaGraph& meta_graph);

}  // namespace smcli
