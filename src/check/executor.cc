// What smcli's own executor lacks (profile smcli): plans are made, and nothing runs.
#include <fmt/format.h>

#include "check/passes.h"
#include "exec/function_table.h"
#include "exec/node_kernels.h"
#include "exec/plan.h"

namespace smcli {
namespace {

// Each is planned with all the functions that it reaches. No model that a person made has more.
constexpr size_t kMaxSignatures = 64;

// Adds what is missing for one signature.
Status PlanSignature(const GraphSubject& subject, const Signature& signature, MissingSupport& missing) {
  const Graph& graph = *subject.graph;
  FunctionTable functions(*subject.context.functions, subject.context);
  PlanRequest request;
  request.graph = &graph;
  request.functions = &functions;
  request.missing = &missing;
  for (const TensorSpec& spec : FlattenSpecs(signature.inputs)) {
    SMCLI_ASSIGN_OR_RETURN(const Endpoint endpoint, graph.FindTensor(spec.tensor_name));
    request.feeds.push_back(endpoint);
  }
  for (const TensorSpec& spec : FlattenSpecs(signature.outputs)) {
    const int32_t operation = graph.Find(spec.tensor_name);
    if (operation >= 0 && graph.node(operation).num_outputs == 0) {
      request.targets.push_back(operation);
      continue;
    }
    SMCLI_ASSIGN_OR_RETURN(const Endpoint endpoint, graph.FindTensor(spec.tensor_name));
    request.fetches.push_back(endpoint);
  }
  const auto plan = MakePlan(request);
  if (!plan.ok()) return plan.error();
  return functions.PrepareAll(missing, nullptr);
}

}  // namespace

void CheckExecutor(const GraphSubject& subject, FindingCollector& found) {
  // A graph with faults cannot be planned, and they are reported already.
  if (!found.Wants("SMCLI_SUPPORTED") || !subject.graph || !subject.problems.empty()) return;
  size_t planned_signatures = 0;
  for (const Signature& signature : subject.meta.signatures()) {
    if (signature.internal() || ++planned_signatures > kMaxSignatures) continue;
    const std::string place = subject.PlaceIn(fmt::format("signature {}", signature.key));
    MissingSupport missing;
    const Status planned = PlanSignature(subject, signature, missing);
    if (!missing.empty()) {
      found.Add("SMCLI_SUPPORTED", subject.model.model_file, place, missing.ToError().message());
    } else if (!planned.ok()) {
      found.Add("SMCLI_SUPPORTED", subject.model.model_file, place, WithoutCode(planned.error().message()));
    }
  }
}

}  // namespace smcli
