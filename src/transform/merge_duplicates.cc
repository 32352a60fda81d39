#include "transform/merge_duplicates.h"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "base/sha256.h"
#include "tensor/tensor_proto.h"
#include "transform/body_pass.h"
#include "transform/dataflow_ops.h"

namespace smcli {
namespace {

// Ops whose nodes are not what they compute: who feeds one does not feed the other.
bool HasIdentity(const DraftNode& node) {
  const auto is_ref = [](const ArgSchema& arg) { return arg.is_ref; };
  return node.schema == nullptr || node.schema->stateful || node.op == "_Arg" || node.op.starts_with("Placeholder") ||
         node.op == "NoOp" || IsDataflowOp(node.op) || std::ranges::any_of(node.schema->inputs, is_ref) ||
         std::ranges::any_of(node.schema->outputs, is_ref);
}

// Everything that decides what a node computes, as text.
class NodeKey {
 public:
  explicit NodeKey(const GraphDraft& graph) : graph_(graph) {}

  Result<std::string> Of(int32_t id) const {
    const DraftNode& node = graph_.node(id);
    std::string key = node.op + '\0' + node.device;
    for (const Endpoint& input : node.inputs) key += fmt::format("|{}:{}", input.node, input.output);
    std::vector<int32_t> controls = node.control_inputs;
    std::ranges::sort(controls);
    for (int32_t control : controls) key += fmt::format("|^{}", control);
    const AttrReader attrs = graph_.attrs(id);
    std::vector<std::string_view> names = attrs.Names();
    std::ranges::sort(names);
    for (std::string_view name : names) {
      if (name.starts_with('_') || name == "value") continue;  // hints; the value comes as a digest
      key += fmt::format("|{}=", name);
      key += attrs.Raw(name).value_or("");
    }
    if (node.op == "Const") {
      SMCLI_ASSIGN_OR_RETURN(const Tensor value, graph_.ConstValue(id));
      SMCLI_ASSIGN_OR_RETURN(const std::string digest, Digest(value));
      key += "|" + digest;
    }
    return key;
  }

 private:
  static Result<std::string> Digest(const Tensor& value) {
    if (value.dtype() == DataType::kString || value.dtype() == DataType::kVariant) {
      SMCLI_ASSIGN_OR_RETURN(const std::string bytes, TensorToBytes(value));
      return Sha256Hex(bytes);
    }
    return value.shape().ToString() + Sha256Hex(value.bytes());
  }

  const GraphDraft& graph_;
};

Status Merge(PassGraph& pass, GraphDraft::Redirection& to) {
  GraphDraft& graph = pass.graph;
  const NodeKey keys(graph);
  std::unordered_map<std::string, int32_t> first;
  std::unordered_map<int32_t, int32_t> merged;
  SMCLI_ASSIGN_OR_RETURN(const std::vector<int32_t> order, graph.TopologicalOrder());
  for (int32_t id : order) {
    DraftNode& node = graph.node(id);
    for (Endpoint& input : node.inputs) {
      if (const auto found = merged.find(input.node); found != merged.end()) input.node = found->second;
    }
    for (int32_t& control : node.control_inputs) {
      if (const auto found = merged.find(control); found != merged.end()) control = found->second;
    }
    if (HasIdentity(node)) continue;
    const auto key = keys.Of(id);
    if (!key.ok()) continue;  // a constant that cannot be read
    const auto [entry, added] = first.emplace(*key, id);
    if (added) continue;
    merged.emplace(id, entry->second);
    for (int32_t k = 0; k < node.num_outputs; ++k) to[{id, k}] = {entry->second, k};
  }
  return {};
}

}  // namespace

Status MergeDuplicates(Rewriter& rewriter) { return ForEachGraph(rewriter, Merge); }

}  // namespace smcli
