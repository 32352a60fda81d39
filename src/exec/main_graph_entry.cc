#include "exec/main_graph_entry.h"

#include <algorithm>

#include "exec/node_kernels.h"
#include "exec/state_changes.h"

namespace smcli {
namespace {

// Where signature and placeholder disagree, TensorFlow goes by the placeholder.
Status AskPlaceholder(const Graph& graph, const Endpoint& endpoint, TensorSpec& spec) {
  const Node& node = graph.node(endpoint.node);
  if (node.schema == nullptr) return {};
  SMCLI_ASSIGN_OR_RETURN(const NodeTypes types, TypesOf(graph, endpoint.node));
  if (static_cast<size_t>(endpoint.output) < types.outputs.types.size()) {
    spec.dtype = types.outputs.types[static_cast<size_t>(endpoint.output)];
  }
  // An interior tensor has the shape that TensorFlow inferred when it wrote the signature.
  if (!node.op.starts_with("Placeholder")) return {};
  SMCLI_ASSIGN_OR_RETURN(spec.shape, graph.attrs(endpoint.node).Shape("shape"));
  // Before graph version 24 a placeholder without a shape said so with rank 0 (TensorFlow: ops/array_ops.cc).
  if (spec.shape.known_rank() && spec.shape.rank() == 0) spec.shape = PartialShape();
  return {};
}

}  // namespace

Result<Endpoint> FindSpecTensor(const Graph& graph, const TensorSpec& spec) {
  if (spec.tensor_name.empty()) return InvalidModelError("SignatureTensorMissing: '{}' names no tensor", spec.key);
  return graph.FindTensor(spec.tensor_name).Annotate(fmt::format("'{}'", spec.key));
}

Status MainGraphEntry::Prepare(std::vector<TensorSpec> inputs, std::vector<TensorSpec> outputs,
                               const std::vector<std::pair<std::string, Tensor>>& defaults) {
  SMCLI_ASSIGN_OR_RETURN(const Graph* graph, state_.meta.graph());
  SMCLI_RETURN_IF_ERROR(ResolveInputs(*graph, inputs));
  SMCLI_RETURN_IF_ERROR(ResolveOutputs(*graph, outputs));
  for (const TensorSpec& spec : inputs) {
    const auto at = std::ranges::find(defaults, spec.key, &std::pair<std::string, Tensor>::first);
    defaults_.push_back(at == defaults.end() ? Tensor() : at->second);
  }
  inputs_ = std::move(inputs);
  outputs_ = std::move(outputs);
  SMCLI_RETURN_IF_ERROR(PlanFor(std::vector<bool>(inputs_.size(), true)));
  return {};
}

Status MainGraphEntry::ResolveInputs(const Graph& graph, std::vector<TensorSpec>& inputs) {
  for (TensorSpec& spec : inputs) {
    SMCLI_ASSIGN_OR_RETURN(const Endpoint endpoint, FindSpecTensor(graph, spec));
    SMCLI_RETURN_IF_ERROR(AskPlaceholder(graph, endpoint, spec));
    feeds_.push_back(endpoint);
  }
  return {};
}

Status MainGraphEntry::ResolveOutputs(const Graph& graph, const std::vector<TensorSpec>& outputs) {
  for (const TensorSpec& spec : outputs) {
    const int32_t operation = graph.Find(spec.tensor_name);
    is_operation_.push_back(operation >= 0 && graph.node(operation).num_outputs == 0);
    if (is_operation_.back()) {
      targets_.push_back(operation);
      continue;
    }
    SMCLI_ASSIGN_OR_RETURN(const Endpoint endpoint, FindSpecTensor(graph, spec));
    fetches_.push_back(endpoint);
  }
  return {};
}

Result<const RunnablePlan*> MainGraphEntry::PlanFor(const std::vector<bool>& given) {
  std::lock_guard lock(mutex_);
  auto& plan = plans_[given];
  if (plan) return plan.get();
  std::vector<Endpoint> feeds;
  for (size_t i = 0; i < feeds_.size(); ++i) {
    if (given[i]) feeds.push_back(feeds_[i]);
  }
  SMCLI_RETURN_IF_ERROR(CheckAbsent(given, feeds));
  RunServices services = state_.Services();
  services.monitor = nullptr;
  SMCLI_ASSIGN_OR_RETURN(plan,
                         state_.main_graph.Prepare(feeds, fetches_, targets_, services, state_.options.fold_constants));
  return plan.get();
}

Result<std::vector<int32_t>> MainGraphEntry::Needed(const std::vector<Endpoint>& feeds) const {
  SMCLI_ASSIGN_OR_RETURN(const Graph* graph, state_.meta.graph());
  PlanRequest request;
  request.graph = graph;
  request.feeds = feeds;
  request.fetches = fetches_;
  request.targets = targets_;
  bool has_dataflow = false;
  return NeededNodes(request, &has_dataflow);
}

Status MainGraphEntry::CheckAbsent(const std::vector<bool>& given, const std::vector<Endpoint>& feeds) const {
  if (feeds.size() == feeds_.size()) return {};
  SMCLI_ASSIGN_OR_RETURN(const Graph* graph, state_.meta.graph());
  SMCLI_ASSIGN_OR_RETURN(const std::vector<int32_t> needed, Needed(feeds));
  for (size_t i = 0; i < feeds_.size(); ++i) {
    const int32_t node = feeds_[i].node;
    if (given[i] || graph->node(node).op != "Placeholder") continue;
    if (std::ranges::find(needed, node) != needed.end()) return NotGiven(inputs_[i]);
  }
  return {};
}

bool MainGraphEntry::changes_state() const {
  const Result<const Graph*> graph = state_.meta.graph();
  const Result<std::vector<int32_t>> needed = Needed(feeds_);
  return !graph.ok() || !needed.ok() || ChangesState(**graph, *needed, state_.functions);
}

Status MainGraphEntry::RunPlan(RunServices& services, std::vector<Tensor> inputs, std::vector<Tensor>& outputs) {
  std::vector<bool> given;
  for (const Tensor& input : inputs) given.push_back(input.has_value());
  std::erase_if(inputs, [](const Tensor& input) { return !input.has_value(); });
  SMCLI_ASSIGN_OR_RETURN(const RunnablePlan* plan, PlanFor(given));
  std::vector<Tensor> fetched;
  SMCLI_RETURN_IF_ERROR(plan->Run(services, inputs, fetched));
  // An output that names an operation is run and has no value; TensorFlow's Python shows None.
  auto next = fetched.begin();
  for (const bool is_operation : is_operation_) {
    outputs.push_back(is_operation ? Tensor::Scalar(std::string("None")) : std::move(*next++));
  }
  return {};
}

}  // namespace smcli
