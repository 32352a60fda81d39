#include "inspect/needed_ops.h"

#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/function_calls.h"

namespace smcli {
namespace {

class OpWalk {
 public:
  OpWalk(const Graph& graph, const FunctionLibrary& library, const GraphOutline& outline)
      : graph_(graph), library_(library), reached_(static_cast<size_t>(graph.num_nodes())) {
    for (const FunctionOutline& function : outline.functions) outlines_.emplace(function.name, &function);
  }

  // "node:0", or an operation's name.
  void Start(std::string_view tensor_name) {
    const auto name = ParseTensorName(tensor_name);
    if (name) Reach(graph_.Find(name->node));
  }

  NameSet Run() {
    while (!nodes_.empty()) {
      const Node& node = graph_.node(nodes_.back());
      nodes_.pop_back();
      ops_.emplace(node.op);
      for (const Endpoint& input : node.inputs) Reach(input.node);
      for (const int32_t input : node.control_inputs) Reach(input);
    }
    for (const FunctionCall& call : FunctionCalls(graph_, library_)) {
      const int32_t caller = graph_.Find(call.node);
      if (caller >= 0 && reached_[static_cast<size_t>(caller)]) Call(call.function);
    }
    while (!functions_.empty()) {
      const FunctionOutline& function = *functions_.back();
      functions_.pop_back();
      for (const auto& [op, count] : function.ops) ops_.insert(op);
      const auto body = library_.Get(function.name);
      if (!body.ok()) continue;
      for (const FunctionCall& call : FunctionCalls(**body, library_)) Call(call.function);
    }
    return std::move(ops_);
  }

 private:
  void Reach(int32_t node) {
    if (node < 0 || reached_[static_cast<size_t>(node)]) return;
    reached_[static_cast<size_t>(node)] = true;
    nodes_.push_back(node);
  }

  void Call(std::string_view function) {
    const auto found = outlines_.find(function);
    if (found == outlines_.end()) return;
    functions_.push_back(found->second);
    outlines_.erase(found);  // once is enough
  }

  const Graph& graph_;
  const FunctionLibrary& library_;
  std::vector<bool> reached_;
  std::vector<int32_t> nodes_;
  std::vector<const FunctionOutline*> functions_;
  std::unordered_map<std::string_view, const FunctionOutline*> outlines_;  // of functions not yet reached
  NameSet ops_;
};

}  // namespace

NameSet OpsOfSignatures(const MetaGraph& meta_graph, const GraphOutline& outline) {
  std::vector<Error> problems;
  const auto graph = meta_graph.GraphWithProblems(problems);
  const auto library = meta_graph.functions();
  if (!graph.ok() || !library.ok()) {
    NameSet all;
    for (const auto& [op, count] : outline.all_ops) all.insert(op);
    return all;
  }
  OpWalk walk(*graph, **library, outline);
  for (const Signature& signature : meta_graph.signatures()) {
    for (const TensorSpec& output : FlattenSpecs(signature.outputs)) walk.Start(output.tensor_name);
  }
  if (const auto init = meta_graph.InitOpName(); init.ok()) walk.Start(*init);
  return walk.Run();
}

}  // namespace smcli
