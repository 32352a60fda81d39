#include "scan/reach.h"

#include <algorithm>
#include <map>

namespace smcli {
namespace {

// Functions that TensorFlow's loader itself calls when it makes an object that is a resource.
bool RunsAtLoad(std::string_view path) {
  std::string_view name = path.substr(path.rfind('.') + 1);
  if (name.starts_with("trace_")) {
    path.remove_suffix(std::min(path.size(), name.size() + 1));
    name = path.substr(path.rfind('.') + 1);
  }
  return name == "_initialize" || name == "_initializer" || name == "_create_resource";
}

std::optional<int32_t> NodeOf(const Graph& graph, std::string_view tensor_name) {
  const auto name = ParseTensorName(tensor_name);
  const int32_t node = name ? graph.Find(name->node) : -1;
  return node < 0 ? std::nullopt : std::optional(node);
}

void AddNodesOf(const Graph& graph, const std::vector<TensorSpec>& specs, std::vector<int32_t>& nodes) {
  for (const TensorSpec& spec : FlattenSpecs(specs)) {
    if (const auto node = NodeOf(graph, spec.tensor_name)) nodes.push_back(*node);
  }
}

}  // namespace

std::string_view Name(ScanRoot::Kind kind) {
  static constexpr std::string_view kNames[] = {"signature", "init op", "function", "saver"};
  return kNames[static_cast<size_t>(kind)];
}

Result<Reach> Reach::Find(const MetaGraph& meta_graph, const Bodies& bodies) {
  Reach reach(bodies);
  SMCLI_RETURN_IF_ERROR(reach.AddRoots(meta_graph));
  reach.functions_.resize(bodies.size());
  reach.main_.resize(static_cast<size_t>(bodies.main().num_nodes()));
  for (size_t root = 0; root < reach.roots_.size(); ++root) {
    std::vector<BodyId> entered;
    const auto id = static_cast<int32_t>(root);
    const BodyId body = reach.roots_[root].body;
    if (body == kMainBody) {
      reach.WalkMainGraph(id, entered);
    } else if (reach.Enter(body, id, kMainBody)) {
      entered.push_back(body);
    }
    reach.WalkFunctions(id, std::move(entered));
  }
  return reach;
}

Status Reach::AddRoots(const MetaGraph& meta_graph) {
  AddSignatures(meta_graph);
  if (meta_graph.has_object_graph()) {
    SMCLI_ASSIGN_OR_RETURN(const ObjectGraph* objects, meta_graph.object_graph());
    AddObjectFunctions(*objects);
  }
  AddSaver(meta_graph);
  std::ranges::stable_sort(roots_, {}, &ScanRoot::kind);
  return {};
}

void Reach::AddSignatures(const MetaGraph& meta_graph) {
  const Graph& graph = bodies_->main();
  for (const Signature& signature : meta_graph.signatures()) {
    ScanRoot root{.kind = signature.internal() ? ScanRoot::Kind::kInit : ScanRoot::Kind::kSignature,
                  .name = signature.key};
    AddNodesOf(graph, signature.outputs, root.nodes);
    AddNodesOf(graph, signature.inputs, root.fed);
    std::ranges::sort(root.fed);
    roots_.push_back(std::move(root));
  }
  const auto init_op = meta_graph.InitOpName();
  if (!init_op.ok() || init_op->empty() || meta_graph.FindSignature(kInitOpSignature)) return;
  if (const auto node = NodeOf(graph, *init_op)) {
    roots_.push_back({.kind = ScanRoot::Kind::kInit, .name = *init_op, .nodes = {*node}});
  }
}

void Reach::AddSaver(const MetaGraph& meta_graph) {
  if (!meta_graph.saver()) return;
  const SaverInfo& saver = *meta_graph.saver();
  ScanRoot root{.kind = ScanRoot::Kind::kSaver, .name = saver.restore_op_name};
  for (const std::string& name : {saver.save_tensor_name, saver.restore_op_name}) {
    if (const auto node = NodeOf(bodies_->main(), name)) root.nodes.push_back(*node);
  }
  if (const auto node = NodeOf(bodies_->main(), saver.filename_tensor_name)) root.fed.push_back(*node);
  roots_.push_back(std::move(root));
}

// A function that objects of several names hold is one root, with the shortest of them.
void Reach::AddObjectFunctions(const ObjectGraph& objects) {
  const std::vector<std::optional<std::string>> paths = objects.Paths();
  std::map<BodyId, std::string> names;
  for (size_t id = 0; id < objects.nodes().size(); ++id) {
    const std::string path = paths[id].value_or("object " + std::to_string(id));
    if (path.starts_with("signatures.")) continue;
    for (const std::string& function : objects.nodes()[id].concrete_functions) {
      const auto body = bodies_->Find(function);
      if (!body) continue;
      std::string& name = names.try_emplace(*body, path).first->second;
      if (std::pair(path.size(), path) < std::pair(name.size(), name)) name = path;
    }
  }
  for (const auto& [body, name] : names) {
    const ScanRoot::Kind kind = RunsAtLoad(name) ? ScanRoot::Kind::kInit : ScanRoot::Kind::kFunction;
    roots_.push_back({.kind = kind, .name = name, .body = body});
  }
}

void Reach::WalkMainGraph(int32_t root, std::vector<BodyId>& entered) {
  const Graph& graph = bodies_->main();
  const ScanRoot& from = roots_[static_cast<size_t>(root)];
  std::vector<int32_t> waiting;
  const auto visit = [&](int32_t id) {
    if (id < 0) return;
    std::vector<Step>& steps = main_[static_cast<size_t>(id)];
    if (steps.size() >= kMaxRoutes || (!steps.empty() && steps.back().root == root)) return;
    steps.push_back({root, kMainBody});
    waiting.push_back(id);
  };
  for (const int32_t node : from.nodes) visit(node);
  while (!waiting.empty()) {
    const int32_t id = waiting.back();
    waiting.pop_back();
    const Node& node = graph.node(id);
    for (const CallSite& call : bodies_->calls_of(kMainBody, node.name)) {
      if (Enter(call.callee, root, kMainBody)) entered.push_back(call.callee);
    }
    if (std::ranges::binary_search(from.fed, id)) continue;
    for (const Endpoint& input : node.inputs) visit(input.node);
    for (const int32_t control : node.control_inputs) visit(control);
  }
}

// Breadth first, so that the way kept is a shortest one.
void Reach::WalkFunctions(int32_t root, std::vector<BodyId> waiting) {
  for (size_t at = 0; at < waiting.size(); ++at) {
    const BodyId body = waiting[at];
    for (const CallSite& call : bodies_->calls_from(body)) {
      if (Enter(call.callee, root, body)) waiting.push_back(call.callee);
    }
  }
}

bool Reach::Enter(BodyId body, int32_t root, BodyId caller) {
  std::vector<Step>& steps = functions_[static_cast<size_t>(body)];
  if (steps.size() >= kMaxRoutes || (!steps.empty() && steps.back().root == root)) return false;
  steps.push_back({root, caller});
  return true;
}

const std::vector<Reach::Step>* Reach::StepsTo(BodyId body, std::string_view node) const {
  if (body != kMainBody) return &functions_[static_cast<size_t>(body)];
  const int32_t id = bodies_->main().Find(node);
  return id < 0 ? nullptr : &main_[static_cast<size_t>(id)];
}

std::vector<Route> Reach::RoutesTo(BodyId body, std::string_view node) const {
  std::vector<Route> routes;
  const std::vector<Step>* steps = StepsTo(body, node);
  if (!steps) return routes;
  for (const Step& step : *steps) {
    Route route{&roots_[static_cast<size_t>(step.root)], {}};
    for (BodyId at = body; at != kMainBody;) {
      route.functions.push_back(bodies_->name(at));
      const auto& callers = functions_[static_cast<size_t>(at)];
      at = std::ranges::find(callers, step.root, &Step::root)->caller;
    }
    std::ranges::reverse(route.functions);
    routes.push_back(std::move(route));
  }
  return routes;
}

bool Reach::Served(BodyId body, std::string_view node) const {
  const std::vector<Step>* steps = StepsTo(body, node);
  return steps &&
         std::ranges::any_of(*steps, [&](const Step& step) { return roots_[static_cast<size_t>(step.root)].served(); });
}

}  // namespace smcli
