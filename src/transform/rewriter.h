// Rewriter: a draft of one meta-graph's GraphDef: the main graph, and the functions of the library, each read into a
// draft when a transform first asks for it and written back as it was when none did. Nodes that signatures name keep
// their names: transforms rename nothing that a signature, the saver or a collection may refer to (see Protect).
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/meta_graph.h"
#include "transform/function_draft.h"
#include "transform/graph_draft.h"

namespace smcli {

class ByteRope;
struct WireField;

class Rewriter {
 public:
  // The meta-graph must outlive it. `InvalidModelError` when its graph is broken.
  static Result<std::unique_ptr<Rewriter>> Open(const MetaGraph& meta_graph);
  Rewriter(const Rewriter&) = delete;
  Rewriter& operator=(const Rewriter&) = delete;

  GraphDraft& graph() { return graph_; }
  const GraphDraft& graph() const { return graph_; }
  const GraphContext& context() const { return context_; }  // ops, and the functions as the model has them
  const MetaGraph& meta_graph() const { return meta_; }

  // The functions that are there: those of the model in file order, then those that were added.
  const std::vector<std::string>& functions() const { return order_; }
  bool HasFunction(std::string_view name) const { return functions_.contains(name); }
  // The draft of a function without attributes of its own. `InvalidModelError` FunctionNotFound and faults of its body;
  // `UnsupportedError` for a function with attributes: ask Instantiate.
  Result<FunctionDraft*> Function(std::string_view name);
  // Null: not there, or as the model has it.
  const FunctionDraft* FindDraft(std::string_view name) const;
  // A copy of a function, with its attributes bound, that is no part of the library yet.
  Result<FunctionDraft> Instantiate(const FuncAttr& function);
  // Under the draft's name, made unique in the library; the name it got is in the answer.
  FunctionDraft* AddFunction(FunctionDraft draft);
  void RemoveFunction(std::string_view name);
  // What a function calls or names, whether drafted or not.
  Result<std::vector<std::string>> FunctionsOf(std::string_view function);
  // Custom gradients: functions of the library that only a gradient's computation would call.
  void DropGradients() { keep_gradients_ = false; }
  bool keeps_gradients() const { return keep_gradients_; }
  // The functions that compute gradients for registered op types; empty after DropGradients.
  std::vector<std::string> RegisteredGradients() const;
  void DropDebugInfo() { keep_debug_info_ = false; }

  // Nodes of the main graph that somebody outside of the graph names ("node", "node:0"): they are neither removed nor
  // renamed by transforms that only tidy up.
  void Protect(std::string_view tensor_or_node);
  bool IsProtected(const GraphDraft& graph, int32_t id) const;

  // The bytes of a GraphDef. The rewriter must outlive the rope.
  Status Write(ByteRope& out) const;
  Result<std::string> ToBytes() const;

 private:
  Rewriter(const MetaGraph& meta, const GraphContext& context) : meta_(meta), context_(context), graph_(context) {}
  Status WriteLibrary(ByteRope& out) const;
  void WriteGradient(const WireField& field, ByteRope& out) const;

  const MetaGraph& meta_;
  GraphContext context_;
  GraphDraft graph_;
  std::vector<std::string> order_;
  // Null: as the model has it.
  std::map<std::string, std::unique_ptr<FunctionDraft>, std::less<>> functions_;
  std::set<std::string, std::less<>> protected_;      // node names
  std::vector<std::shared_ptr<const Graph>> graphs_;  // of every draft that was made: copies of its nodes may live on
  bool keep_gradients_ = true;
  bool keep_debug_info_ = true;
};

}  // namespace smcli
