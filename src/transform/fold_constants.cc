#include "transform/fold_constants.h"

#include <algorithm>
#include <map>

#include "exec/function_table.h"
#include "exec/node_kernels.h"
#include "model/attr_value.h"
#include "ops/registry.h"
#include "transform/body_pass.h"
#include "transform/byte_rope.h"
#include "transform/call_ops.h"
#include "transform/dataflow_ops.h"
#include "transform/node_writer.h"
#include "transform/remove_identities.h"

namespace smcli {
namespace {

// Bytes that the tensors of one fold may take beyond those that are there: a Fill of 10^12 elements is left alone.
constexpr int64_t kMemory = int64_t{256} << 20;
constexpr uint32_t kNodeField = 1;  // GraphDef.node

class MemoryBound {
 public:
  MemoryBound() { SetTensorMemoryLimit(TensorMemoryInUse() + kMemory); }
  ~MemoryBound() { SetTensorMemoryLimit(0); }
  MemoryBound(const MemoryBound&) = delete;
  MemoryBound& operator=(const MemoryBound&) = delete;
};

using Values = std::map<std::pair<int32_t, int32_t>, Tensor>;

bool IsFoldable(const DraftNode& node) {
  if (node.schema == nullptr || node.schema->stateful || node.inputs.empty() || node.num_outputs == 0) return false;
  if (IsDataflowOp(node.op) || IsIdentityOp(node.op) || FindCallOp(node.op) != nullptr) return false;
  if (node.op == "PlaceholderWithDefault") return false;
  const Op* op = FindOp(node.op);
  return op != nullptr && op->pure;
}

bool IsPlain(DataType dtype) {
  return dtype != DataType::kResource && dtype != DataType::kVariant && dtype != DataType::kInvalid;
}

// Computes single nodes of a draft: each is built as a graph of its own, with placeholders for what it reads.
class NodeEvaluator {
 public:
  NodeEvaluator(const GraphContext& context, ThreadPool& pool)
      : context_(context), functions_(*context.functions, context), files_("") {
    services_.pool = &pool;
    services_.resources = &resources_;
    services_.files = &files_;
  }

  // Empty where the node cannot be computed now.
  Result<std::vector<Tensor>> Evaluate(const GraphDraft& draft, int32_t id, std::vector<Tensor> inputs) {
    SMCLI_ASSIGN_OR_RETURN(const std::string bytes, AloneInGraph(draft, id, inputs));
    SMCLI_ASSIGN_OR_RETURN(const Graph graph, BuildGraph(SharedBytes(bytes), context_));
    const int32_t node = graph.num_nodes() - 1;
    SMCLI_ASSIGN_OR_RETURN(const NodeTypes types, TypesOf(graph, node));
    MissingSupport missing;
    SMCLI_ASSIGN_OR_RETURN(const auto kernel, MakeNodeKernel(graph, node, types, functions_, missing));
    if (!kernel) return std::vector<Tensor>();
    const auto num_outputs = static_cast<size_t>(graph.node(node).num_outputs);
    std::vector<Tensor> slots = std::move(inputs);
    const size_t num_inputs = slots.size();
    std::vector<uint32_t> indices(num_inputs);
    for (size_t i = 0; i < num_inputs; ++i) indices[i] = static_cast<uint32_t>(i);
    slots.resize(num_inputs + num_outputs);
    const std::span<Tensor> outputs = std::span(slots).subspan(num_inputs);
    KernelContext ctx(slots.data(), indices, outputs, services_);
    SMCLI_RETURN_IF_ERROR(kernel->Compute(ctx));
    return std::vector<Tensor>(outputs.begin(), outputs.end());
  }

 private:
  static Result<std::string> AloneInGraph(const GraphDraft& draft, int32_t id, const std::vector<Tensor>& inputs) {
    GraphDraft alone(draft.context());
    std::vector<Endpoint> edges;
    for (size_t i = 0; i < inputs.size(); ++i) {
      const int32_t feed = alone.Add(fmt::format("input_{}", i), "Placeholder");
      alone.SetAttr(feed, "dtype", TypeAttr(inputs[i].dtype()));
      edges.push_back({feed, 0});
    }
    const DraftNode& node = draft.node(id);
    const int32_t copy = alone.Add(node.name, node.op);
    alone.node(copy).attrs = node.attrs;
    alone.node(copy).inputs = std::move(edges);
    ByteRope rope;
    for (int32_t i = 0; i < alone.size(); ++i) SMCLI_RETURN_IF_ERROR(WriteNode(alone, i, nullptr, kNodeField, rope));
    return rope.ToString();
  }

  const GraphContext& context_;
  FunctionTable functions_;
  ResourceManager resources_;
  FilePolicy files_;
  RunServices services_;
};

class Folder {
 public:
  Folder(PassGraph& graph, GraphDraft::Redirection& to, NodeEvaluator& evaluator)
      : kept_(graph.kept), graph_(graph.graph), to_(to), evaluator_(evaluator), dataflow_(HasDataflow(graph_)) {}

  Status Run() {
    SMCLI_ASSIGN_OR_RETURN(const std::vector<int32_t> order, graph_.TopologicalOrder());
    for (int32_t id : order) SMCLI_RETURN_IF_ERROR(Visit(id));
    return {};
  }

 private:
  Status Visit(int32_t id) {
    const DraftNode& node = graph_.node(id);
    if (node.op == "Const") {
      if (auto value = graph_.ConstValue(id); value.ok()) values_[{id, 0}] = *std::move(value);
      return {};
    }
    const bool identity = IsIdentityOp(node.op) && node.inputs.size() == 1;
    if (!identity && !IsFoldable(node)) return {};
    std::vector<Tensor> inputs;
    size_t input_bytes = 0;
    for (const Endpoint& input : node.inputs) {
      const auto value = values_.find({input.node, input.output});
      if (value == values_.end()) return {};
      inputs.push_back(value->second);
      if (IsPlain(value->second.dtype()) && value->second.dtype() != DataType::kString)
        input_bytes += value->second.num_bytes();
    }
    if (identity) {
      values_[{id, 0}] = inputs[0];
      return {};
    }
    auto outputs = evaluator_.Evaluate(graph_, id, std::move(inputs));
    if (outputs.ok() && !outputs->empty() && Fits(*outputs, input_bytes)) Replace(id, *std::move(outputs));
    return {};
  }

  static bool Fits(const std::vector<Tensor>& outputs, size_t input_bytes) {
    size_t bytes = 0;
    for (const Tensor& output : outputs) {
      if (!IsPlain(output.dtype())) return false;
      if (output.dtype() == DataType::kString) {
        for (const std::string& text : output.flat<std::string>()) bytes += text.size();
      } else {
        bytes += output.num_bytes();
      }
    }
    return bytes <= std::max(kLargestFold, input_bytes);
  }

  // What the constant must wait for, so that it lives in the same loop or branch as the node did.
  std::vector<int32_t> Controls(int32_t id) const {
    std::vector<int32_t> controls;
    if (!dataflow_) return controls;
    controls = graph_.node(id).control_inputs;
    for (const Endpoint& input : graph_.node(id).inputs) {
      const DraftNode& producer = graph_.node(input.node);
      // An identity of a constant may be in a branch by what it waits for; a constant by what that waited for.
      controls.insert(controls.end(), producer.control_inputs.begin(), producer.control_inputs.end());
      if (producer.op != "Const") controls.push_back(input.node);
    }
    return controls;
  }

  void Replace(int32_t id, std::vector<Tensor> outputs) {
    const std::vector<int32_t> controls = Controls(id);
    for (size_t i = 0; i < outputs.size(); ++i) values_[{id, static_cast<int32_t>(i)}] = outputs[i];
    if (outputs.size() == 1) {
      graph_.MakeConst(id, std::move(outputs[0]));
      for (int32_t control : controls) graph_.AddControl(id, control);
      return;
    }
    if (static_cast<size_t>(id) < kept_.size() && kept_[static_cast<size_t>(id)]) return;
    for (size_t i = 0; i < outputs.size(); ++i) {
      const int32_t made = graph_.AddConst(fmt::format("{}/output_{}", graph_.node(id).name, i), std::move(outputs[i]));
      for (int32_t control : controls) graph_.AddControl(made, control);
      to_[{id, static_cast<int32_t>(i)}] = {made, 0};
    }
  }

  const std::vector<bool>& kept_;
  GraphDraft& graph_;
  GraphDraft::Redirection& to_;
  NodeEvaluator& evaluator_;
  bool dataflow_;
  Values values_;
};

}  // namespace

Status FoldConstants(Rewriter& rewriter, ThreadPool& pool) {
  const MemoryBound bound;
  NodeEvaluator evaluator(rewriter.context(), pool);
  return ForEachGraph(rewriter, [&](PassGraph& graph, GraphDraft::Redirection& to) -> Status {
    return Folder(graph, to, evaluator).Run();
  });
}

}  // namespace smcli
