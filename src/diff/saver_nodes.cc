#include <algorithm>
#include <array>
#include <vector>

#include "diff/canonical_graph.h"

namespace smcli {
namespace {

// Variables are the model's, even where only the saver reads them.
bool IsVariable(std::string_view op) {
  static constexpr std::array<std::string_view, 6> kOps = {"VarHandleOp",        "Variable",          "VariableV2",
                                                           "AutoReloadVariable", "TemporaryVariable", "VarHandlesOp"};
  return std::ranges::find(kOps, op) != kOps.end();
}

class SaverSearch {
 public:
  explicit SaverSearch(const Graph& graph)
      : graph_(graph), readers_(static_cast<size_t>(graph.num_nodes()), 0), saver_(readers_.size(), false) {
    for (const Node& node : graph.nodes()) {
      ForEachInput(node, [&](int32_t input) { ++readers_[static_cast<size_t>(input)]; });
    }
  }

  // The node is needed by something outside the graph.
  void Keep(std::string_view tensor_name) {
    const auto name = ParseTensorName(tensor_name);
    const int32_t id = name ? graph_.Find(name->node) : -1;
    if (id >= 0) ++readers_[static_cast<size_t>(id)];
  }

  void Remove(std::string_view tensor_name) {
    const auto name = ParseTensorName(tensor_name);
    const int32_t id = name ? graph_.Find(name->node) : -1;
    if (id >= 0) Take(id);
    while (!open_.empty()) {
      const int32_t node = open_.back();
      open_.pop_back();
      ForEachInput(graph_.node(node), [&](int32_t input) {
        const bool unused = --readers_[static_cast<size_t>(input)] == 0;
        if (unused && !IsVariable(graph_.node(input).op)) Take(input);
      });
    }
  }

  std::vector<bool> TakeAnswer() { return std::move(saver_); }

 private:
  template <typename Visit>
  static void ForEachInput(const Node& node, Visit visit) {
    for (const Endpoint& input : node.inputs) {
      if (input.node >= 0) visit(input.node);
    }
    for (const int32_t input : node.control_inputs) visit(input);
  }

  void Take(int32_t node) {
    if (saver_[static_cast<size_t>(node)]) return;
    saver_[static_cast<size_t>(node)] = true;
    open_.push_back(node);
  }

  const Graph& graph_;
  std::vector<int64_t> readers_;  // how many edges lead to nodes that stay
  std::vector<bool> saver_;
  std::vector<int32_t> open_;
};

}  // namespace

std::vector<bool> FindSaverNodes(const Graph& graph, const MetaGraph& meta_graph) {
  SaverSearch search(graph);
  for (const Signature& signature : meta_graph.signatures()) {
    for (const TensorSpec& spec : FlattenSpecs(signature.inputs)) search.Keep(spec.tensor_name);
    for (const TensorSpec& spec : FlattenSpecs(signature.outputs)) search.Keep(spec.tensor_name);
  }
  if (const auto& saver = meta_graph.saver()) {
    search.Remove(saver->filename_tensor_name);
    search.Remove(saver->save_tensor_name);
    search.Remove(saver->restore_op_name);
  }
  return search.TakeAnswer();
}

}  // namespace smcli
