#include "exec/main_graph.h"

#include <algorithm>
#include <unordered_set>

#include "model/function_calls.h"
#include "model/object_graph.h"
#include "ops/resources.h"

namespace smcli {
namespace {

std::optional<VariableId> VariableOf(const Graph& graph, int32_t node) {
  if (!MakesVariable(graph.node(node).op)) return std::nullopt;
  return VariableId::Of(graph.attrs(node));
}

std::string_view WithoutOutput(std::string_view name) { return name.substr(0, name.rfind(':')); }

// The nodes that fill a table with constants.
std::vector<int32_t> TableFillers(const Graph& graph) {
  constexpr std::string_view kOps[] = {"InitializeTable", "InitializeTableV2", "LookupTableImport",
                                       "LookupTableImportV2"};
  std::vector<int32_t> found;
  for (int32_t id = 0; id < graph.num_nodes(); ++id) {
    const Node& node = graph.node(id);
    if (std::ranges::find(kOps, node.op) == std::end(kOps) || node.inputs.empty()) continue;
    const bool constant = std::ranges::all_of(node.inputs.subspan(1), [&](const Endpoint& input) {
      return input.node >= 0 && graph.node(input.node).op == "Const";
    });
    if (constant) found.push_back(id);
  }
  return found;
}

}  // namespace

Result<std::unique_ptr<RunnablePlan>> MainGraph::PlanFor(std::vector<Endpoint> feeds, std::vector<Endpoint> fetches,
                                                         std::vector<int32_t> targets, MissingSupport& missing,
                                                         RunServices* fold) {
  SMCLI_ASSIGN_OR_RETURN(const Graph* graph, meta_.graph());
  PlanRequest request{graph, std::move(feeds), std::move(fetches), std::move(targets), &functions_, &missing, fold};
  SMCLI_ASSIGN_OR_RETURN(auto plan, MakePlan(request));
  SMCLI_RETURN_IF_ERROR(functions_.PrepareAll(missing, fold));
  return plan;
}

Result<std::unique_ptr<RunnablePlan>> MainGraph::Prepare(std::vector<Endpoint> feeds, std::vector<Endpoint> fetches,
                                                         std::vector<int32_t> targets, RunServices& services,
                                                         bool fold) {
  MissingSupport missing;
  SMCLI_ASSIGN_OR_RETURN(auto plan, PlanFor(feeds, fetches, targets, missing, fold ? &services : nullptr));
  if (!missing.empty()) return missing.ToError();
  SMCLI_ASSIGN_OR_RETURN(auto wanted, VariablesAmong(feeds, fetches, targets));
  SMCLI_RETURN_IF_ERROR(Restore(std::move(wanted), services).Annotate("restoring variables"));
  SMCLI_RETURN_IF_ERROR(Initialise(services));
  return plan;
}

Status MainGraph::Initialise(RunServices& services) {
  if (std::exchange(initialised_, true)) return {};
  SMCLI_ASSIGN_OR_RETURN(const std::vector<int32_t> init, InitTargets());
  SMCLI_ASSIGN_OR_RETURN(auto wanted, VariablesAmong({}, {}, init));
  SMCLI_RETURN_IF_ERROR(Restore(std::move(wanted), services).Annotate("restoring variables"));
  return RunTargets(init, services).Annotate("initialising the model");
}

Result<std::vector<Tensor>> MainGraph::Evaluate(std::vector<Endpoint> fetches, RunServices& services) {
  MissingSupport missing;
  SMCLI_ASSIGN_OR_RETURN(auto plan, PlanFor({}, std::move(fetches), {}, missing, nullptr));
  if (!missing.empty()) return missing.ToError();
  std::vector<Tensor> values;
  SMCLI_RETURN_IF_ERROR(plan->Run(services, {}, values));
  return values;
}

Status MainGraph::RunTargets(std::vector<int32_t> targets, RunServices& services) {
  if (targets.empty()) return {};
  SMCLI_ASSIGN_OR_RETURN(Constants feeds, LoadingFeeds());
  MissingSupport missing;
  SMCLI_ASSIGN_OR_RETURN(auto plan, PlanFor(feeds.endpoints, {}, std::move(targets), missing, nullptr));
  if (!missing.empty()) return missing.ToError();
  std::vector<Tensor> nothing;
  return plan->Run(services, feeds.values, nothing);
}

Result<MainGraph::Constants> MainGraph::LoadingFeeds() const {
  SMCLI_ASSIGN_OR_RETURN(const Graph* graph, meta_.graph());
  Constants feeds;
  const auto add = [&](std::string_view tensor, std::string value) -> Status {
    SMCLI_ASSIGN_OR_RETURN(const Endpoint endpoint, graph->FindTensor(tensor));
    feeds.endpoints.push_back(endpoint);
    feeds.values.push_back(Tensor::Scalar(std::move(value)));
    return {};
  };
  SMCLI_ASSIGN_OR_RETURN(const std::vector<AssetFile> assets, AssetFiles(meta_, export_dir_));
  for (const AssetFile& asset : assets) SMCLI_RETURN_IF_ERROR(add(asset.tensor_name, asset.path));
  if (const auto& saver = meta_.saver(); saver && !saver->filename_tensor_name.empty()) {
    SMCLI_RETURN_IF_ERROR(add(saver->filename_tensor_name, checkpoint_.prefix()));
  }
  return feeds;
}

Result<std::vector<int32_t>> MainGraph::InitTargets() const {
  SMCLI_ASSIGN_OR_RETURN(const Graph* graph, meta_.graph());
  std::vector<std::string> names;
  SMCLI_ASSIGN_OR_RETURN(std::string init_op, meta_.InitOpName());
  if (!init_op.empty()) {
    names.push_back(std::move(init_op));
  } else {
    // tf.Transform's graphs name their table initialisers only here.
    SMCLI_ASSIGN_OR_RETURN(const std::vector<Collection> collections, meta_.Collections());
    for (const Collection& collection : collections) {
      if (collection.key == "table_initializer") names = collection.strings;
    }
  }
  // A GraphDef alone has no place for the name of an initialiser.
  if (names.empty() && export_dir_.empty()) return TableFillers(*graph);
  std::vector<int32_t> targets;
  for (const std::string& name : names) {
    const int32_t node = graph->Find(WithoutOutput(name));
    if (node < 0) return InvalidModelError("InputNotFound: the graph has no initialiser '{}'", name);
    targets.push_back(node);
  }
  return targets;
}

Result<std::set<VariableId>> MainGraph::VariablesAmong(std::span<const Endpoint> feeds,
                                                       std::span<const Endpoint> fetches,
                                                       std::span<const int32_t> targets) const {
  SMCLI_ASSIGN_OR_RETURN(const Graph* graph, meta_.graph());
  PlanRequest request;
  request.graph = graph;
  request.feeds.assign(feeds.begin(), feeds.end());
  request.fetches.assign(fetches.begin(), fetches.end());
  request.targets.assign(targets.begin(), targets.end());
  bool has_dataflow = false;
  SMCLI_ASSIGN_OR_RETURN(const std::vector<int32_t> nodes, NeededNodes(request, &has_dataflow));
  std::set<VariableId> names;
  for (int32_t node : nodes) {
    if (auto name = VariableOf(*graph, node)) names.insert(*std::move(name));
  }
  for (const Graph* function : functions_.graphs()) {
    for (int32_t node = 0; node < function->num_nodes(); ++node) {
      if (auto name = VariableOf(*function, node)) names.insert(*std::move(name));
    }
  }
  return names;
}

Status MainGraph::Restore(std::set<VariableId> wanted, RunServices& services) {
  std::erase_if(wanted, [&](const VariableId& name) { return restored_.contains(name); });
  if (wanted.empty() || !checkpoint_.exists()) return {};
  restored_.insert(wanted.begin(), wanted.end());
  SMCLI_RETURN_IF_ERROR(RestoreByObjects(wanted, services));
  if (!wanted.empty()) SMCLI_RETURN_IF_ERROR(RestoreByGraph(wanted, services));
  if (!wanted.empty()) SMCLI_RETURN_IF_ERROR(RestoreByName(wanted, services));
  return {};
}

Status MainGraph::Assign(const VariableId& name, Tensor value, RunServices& services) {
  auto make = [&] { return std::make_shared<Variable>(name.name, value.dtype(), PartialShape(value.shape())); };
  SMCLI_ASSIGN_OR_RETURN(auto variable, services.resources->LookupOrCreate<Variable>(name.container, name.name, make));
  variable->Assign(std::move(value));
  return {};
}

// V2 exports: the object graph says which variable has which key. Names that two variables share are left to the graph.
Status MainGraph::RestoreByObjects(std::set<VariableId>& wanted, RunServices& services) {
  if (!meta_.has_object_graph()) return {};
  SMCLI_ASSIGN_OR_RETURN(const ObjectGraph* objects, meta_.object_graph());
  SMCLI_ASSIGN_OR_RETURN(const MappedFile stored, checkpoint_.ObjectGraph());
  if (stored.size() == 0) return {};
  SMCLI_ASSIGN_OR_RETURN(const CheckpointMatch match, MatchCheckpoint(*objects, stored.bytes()));
  std::map<std::string, std::vector<std::string>> keys;
  for (const CheckpointAttribute& attribute : match.attributes) {
    const SavedObject& object = objects->node(attribute.node);
    if (object.kind != SavedObject::Kind::kVariable || attribute.name != kVariableValue) continue;
    keys[object.variable.name].push_back(attribute.checkpoint_key);
  }
  for (auto at = wanted.begin(); at != wanted.end();) {
    const auto found = keys.find(at->name);
    if (found == keys.end() || found->second.size() != 1) {
      ++at;
      continue;
    }
    SMCLI_ASSIGN_OR_RETURN(Tensor value, checkpoint_.Read(found->second[0]));
    SMCLI_RETURN_IF_ERROR(Assign(*at, std::move(value), services));
    at = wanted.erase(at);
  }
  return {};
}

// V1 savers: of everything behind the restore op, only the assignments to wanted variables run.
Status MainGraph::RestoreByGraph(std::set<VariableId>& wanted, RunServices& services) {
  const auto& saver = meta_.saver();
  if (!saver || saver->restore_op_name.empty()) return {};
  SMCLI_ASSIGN_OR_RETURN(const Graph* graph, meta_.graph());
  const int32_t restore = graph->Find(WithoutOutput(saver->restore_op_name));
  if (restore < 0)
    return InvalidModelError("InitOpMalformed: the graph has no restore op '{}'", saver->restore_op_name);
  SMCLI_ASSIGN_OR_RETURN(const std::vector<int32_t> behind, TopologicalOrder(*graph, std::span(&restore, 1)));
  std::vector<int32_t> assignments;
  bool calls_function = false;
  for (int32_t id : behind) {
    const Node& node = graph->node(id);
    calls_function |= IsPartitionedCall(node.op);
    if (!AssignsVariable(node.op) || node.inputs.empty()) continue;
    const auto name = VariableOf(*graph, node.inputs[0].node);
    if (name && wanted.erase(*name) > 0) assignments.push_back(id);
  }
  // The assignments of V2 exports lie in a function: it runs whole.
  if (assignments.empty() && calls_function) assignments.push_back(restore);
  return RunTargets(std::move(assignments), services);
}

// Neither objects nor a saver: the key is the variable's name. What is still without a value may be set by the
// initialisers (local variables), or fails when it is read.
Status MainGraph::RestoreByName(std::set<VariableId>& wanted, RunServices& services) {
  for (const VariableId& name : wanted) {
    if (!checkpoint_.Contains(name.name)) continue;
    SMCLI_ASSIGN_OR_RETURN(Tensor value, checkpoint_.Read(name.name));
    SMCLI_RETURN_IF_ERROR(Assign(name, std::move(value), services));
  }
  return {};
}

}  // namespace smcli
