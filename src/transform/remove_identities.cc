#include "transform/remove_identities.h"

#include <algorithm>
#include <iterator>

#include "transform/body_pass.h"
#include "transform/dataflow_ops.h"

namespace smcli {
namespace {

constexpr std::string_view kIdentityOps[] = {"Identity", "IdentityN", "PreventGradient", "Snapshot", "StopGradient"};

// Where nothing decides whether a node runs, waiting for one that only computes orders nothing that anybody sees.
Status DropIdleControls(GraphDraft& graph) {
  SMCLI_ASSIGN_OR_RETURN(const std::vector<int32_t> order, graph.TopologicalOrder());
  std::vector<bool> effect(static_cast<size_t>(graph.size()), false);  // its own, or of what it waits for
  for (int32_t id : order) {
    DraftNode& node = graph.node(id);
    const bool own = node.schema == nullptr ? node.op != "_Arg" : node.schema->stateful;
    const auto waits = [&](int32_t producer) { return effect[static_cast<size_t>(producer)]; };
    effect[static_cast<size_t>(id)] = own || std::ranges::any_of(node.inputs, waits, &Endpoint::node) ||
                                      std::ranges::any_of(node.control_inputs, waits);
    std::erase_if(node.control_inputs, [&](int32_t producer) { return !waits(producer); });
  }
  return {};
}

class IdentityRemoval {
 public:
  IdentityRemoval(PassGraph& graph, GraphDraft::Redirection& to)
      : kept_(graph.kept), graph_(graph.graph), to_(to), dataflow_(HasDataflow(graph_)), uses_(graph_.Uses()) {}

  void Run() {
    for (int32_t id = 0; id < graph_.size(); ++id) {
      const DraftNode& node = graph_.node(id);
      if (node.removed) continue;
      if (node.op == "Const" && !dataflow_) graph_.node(id).control_inputs.clear();
      if (kept_[static_cast<size_t>(id)]) continue;
      if (IsIdentityOp(node.op)) Bypass(id);
      if (node.op == "NoOp") Join(id);
    }
  }

 private:
  bool HasControlUses(int32_t id) const {
    return std::ranges::any_of(uses_[static_cast<size_t>(id)], [](const DraftUse& use) { return use.input < 0; });
  }
  void ReplaceControl(int32_t reader, int32_t old, const std::vector<int32_t>& producers) {
    std::erase(graph_.node(reader).control_inputs, old);
    for (int32_t producer : producers) {
      if (graph_.node(producer).removed) continue;
      graph_.AddControl(reader, producer);
      uses_[static_cast<size_t>(producer)].push_back({reader, -1, -1});
    }
  }
  // An Identity of a V1 variable is where its value is read.
  bool ReadsReference(const DraftNode& node) const {
    return std::ranges::any_of(node.inputs, [&](const Endpoint& input) {
      const OpSchema* schema = graph_.node(input.node).schema;
      return schema != nullptr && std::ranges::any_of(schema->outputs, &ArgSchema::is_ref);
    });
  }

  // Who waits for the node waits for what it read. In a graph with V1 control flow that is not the same: of a Switch
  // one output lives and the node itself does too; such identities stay.
  void Bypass(int32_t id) {
    DraftNode& node = graph_.node(id);
    const bool controls = HasControlUses(id);
    if (!node.control_inputs.empty() || (controls && dataflow_) || ReadsReference(node)) return;
    for (size_t i = 0; i < node.inputs.size(); ++i) to_[{id, static_cast<int32_t>(i)}] = node.inputs[i];
    if (!controls) return;
    std::vector<int32_t> producers;
    for (const Endpoint& input : node.inputs) producers.push_back(input.node);
    for (const DraftUse& use : uses_[static_cast<size_t>(id)]) {
      if (use.input < 0) ReplaceControl(use.node, id, producers);
    }
  }

  // Only where that makes no more edges than there were.
  void Join(int32_t id) {
    const std::vector<int32_t> producers = graph_.node(id).control_inputs;
    const auto& readers = uses_[static_cast<size_t>(id)];
    if (dataflow_ || producers.size() * readers.size() > producers.size() + readers.size()) return;
    for (const DraftUse& use : readers) ReplaceControl(use.node, id, producers);
  }

  const std::vector<bool>& kept_;
  GraphDraft& graph_;
  GraphDraft::Redirection& to_;
  bool dataflow_;
  std::vector<std::vector<DraftUse>> uses_;
};

}  // namespace

bool IsIdentityOp(std::string_view op) { return std::ranges::find(kIdentityOps, op) != std::end(kIdentityOps); }

Status RemoveIdentities(Rewriter& rewriter) {
  return ForEachGraph(rewriter, [](PassGraph& graph, GraphDraft::Redirection& to) -> Status {
    if (!HasDataflow(graph.graph)) SMCLI_RETURN_IF_ERROR(DropIdleControls(graph.graph));
    IdentityRemoval(graph, to).Run();
    return {};
  });
}

}  // namespace smcli
