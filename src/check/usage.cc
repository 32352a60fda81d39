// What nothing depends on: functions, variables, inputs of signatures. None of it does harm.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "check/passes.h"
#include "check/reach.h"
#include "model/function_calls.h"

namespace smcli {
namespace {

const ObjectGraph* ObjectsOf(const GraphSubject& subject) {
  if (!subject.meta.has_object_graph()) return nullptr;
  const auto objects = subject.meta.object_graph();
  return objects.ok() ? *objects : nullptr;
}

void CheckFunctions(const GraphSubject& subject, FindingCollector& found) {
  const FunctionLibrary& library = *subject.context.functions;
  NameSet reached;
  std::vector<std::string> queue;
  const auto reach = [&](std::string name) {
    if (library.Contains(name) && reached.insert(name).second) queue.push_back(std::move(name));
  };
  for (FunctionCall& call : FunctionCalls(*subject.graph, library)) reach(std::move(call.function));
  if (const ObjectGraph* objects = ObjectsOf(subject)) {
    for (const ConcreteFunction& function : objects->concrete_functions()) reach(function.name);
  }
  while (!queue.empty()) {
    const std::string name = std::move(queue.back());
    queue.pop_back();
    if (const std::string_view gradient = library.GradientOf(name); !gradient.empty()) reach(std::string(gradient));
    const auto function = library.Get(name);
    if (!function.ok()) continue;
    for (FunctionCall& call : FunctionCalls(**function, library)) reach(std::move(call.function));
  }
  for (const std::string_view name : library.names()) {
    if (reached.contains(name)) continue;
    found.Add("FUNCTION_USED", subject.model.model_file, subject.PlaceIn(fmt::format("function {}", name)),
              "nothing calls it");
  }
}

// Variables of a V2 export that no function captures.
void CheckObjectVariables(const GraphSubject& subject, const ObjectGraph& objects, FindingCollector& found) {
  std::vector<bool> captured(objects.nodes().size());
  for (const ConcreteFunction& function : objects.concrete_functions()) {
    for (const int32_t node : function.bound_inputs) captured[static_cast<size_t>(node)] = true;
  }
  for (size_t i = 0; i < captured.size(); ++i) {
    const SavedObject& object = objects.nodes()[i];
    if (captured[i] || object.kind != SavedObject::Kind::kVariable) continue;
    found.Add("VARIABLE_USED", subject.model.model_file,
              subject.PlaceIn(fmt::format("variable {}", object.variable.name)),
              "no signature and no function reads it");
  }
}

void CheckGraphVariables(const GraphSubject& subject, FindingCollector& found) {
  const Graph& graph = *subject.graph;
  NameSet read;
  for (const Signature& signature : subject.meta.signatures()) {
    for (const int32_t id : NodesOfSignature(subject, signature).value_or(std::vector<int32_t>())) {
      if (graph.node(id).op == "VariableV2" || graph.node(id).op == "VarHandleOp")
        read.insert(VariableId::Of(graph.attrs(id)).name);
    }
  }
  for (int32_t id = 0; id < graph.num_nodes(); ++id) {
    const std::string_view op = graph.node(id).op;
    if (op != "VariableV2" && op != "VarHandleOp") continue;
    const std::string name = VariableId::Of(graph.attrs(id)).name;
    if (!read.insert(name).second) continue;
    found.Add("VARIABLE_USED", subject.model.model_file, subject.PlaceIn(fmt::format("variable {}", name)),
              "no signature reads it");
  }
}

}  // namespace

void CheckUsage(const GraphSubject& subject, FindingCollector& found) {
  if (!subject.graph || subject.model.model->frozen()) return;
  if (found.Wants("FUNCTION_USED")) CheckFunctions(subject, found);
  const ObjectGraph* objects = ObjectsOf(subject);
  if (objects != nullptr) CheckObjectVariables(subject, *objects, found);
  if (TooManyPaths(subject)) return;
  if (objects == nullptr) {
    CheckGraphVariables(subject, found);
  }
  if (!found.Wants("SIGNATURE_INPUT_USED")) return;
  ArgumentUse use(subject.context);
  for (const Signature& signature : subject.meta.signatures()) {
    for (const std::string& input : DeadInputs(subject, signature, use)) {
      found.Add("SIGNATURE_INPUT_USED", subject.model.model_file,
                subject.PlaceIn(fmt::format("signature {}.inputs.{}", signature.key, input)),
                "no output depends on it");
    }
  }
}

}  // namespace smcli
