#include "convert/saved_model/handle_flow.h"

#include <algorithm>
#include <array>

namespace smcli {
namespace {

constexpr int kMaxDepth = 100;
constexpr size_t kMaxVersions = 20'000;
constexpr int kMaxRounds = 64;  // of loops: how far a handle moves from one loop variable to the next

// Their first input's handle comes out of every output; of Merge, any input's, of the first output.
constexpr std::array<std::string_view, 7> kPassHandles = {"Enter",         "Exit",         "Identity", "Merge",
                                                          "NextIteration", "StopGradient", "Switch"};
constexpr std::array<std::string_view, 6> kPassReferences = {"RefEnter", "RefExit",          "RefIdentity",
                                                             "RefMerge", "RefNextIteration", "RefSwitch"};

bool IsIn(std::string_view op, const auto& table) { return std::ranges::find(table, op) != table.end(); }

// Where a function hands handles on, a loop must hand them on in the same places.
bool SameHandles(const std::vector<bool>& args, const std::vector<bool>& rets) {
  for (size_t i = 0; i < rets.size(); ++i) {
    if (rets[i] != (i < args.size() && args[i])) return false;
  }
  return true;
}

}  // namespace

std::string PlaceOf(const GraphDraft& graph, std::string_view function, int32_t id) {
  const DraftNode& node = graph.node(id);
  if (function.empty()) return fmt::format("{} ({})", node.name, node.op);
  return fmt::format("{}/{} ({})", function, node.name, node.op);
}

HandleFlow::HandleFlow(Rewriter& rewriter, const std::set<int32_t>& variables) : rewriter_(rewriter) {
  for (const int32_t id : variables) names_.insert(VariableId::Of(rewriter.graph().attrs(id)));
}

bool HandleFlow::IsOurs(const GraphDraft& graph, int32_t id) const {
  return MakesVariable(graph.node(id).op) && names_.contains(VariableId::Of(graph.attrs(id))) &&
         graph.attrs(id).Type("dtype", DataType::kInvalid) == DataType::kFloat;
}

const FunctionVersion* HandleFlow::Find(const std::string& function, const std::vector<bool>& args) const {
  const auto found = versions_.find({function, args});
  return found == versions_.end() ? nullptr : found->second.get();
}

std::vector<bool> HandleFlow::ArgsOf(const GraphDraft& graph, const Handles& handles, int32_t id, const CallOp& call) {
  const std::vector<Endpoint>& inputs = graph.node(id).inputs;
  std::vector<bool> args;
  for (size_t i = static_cast<size_t>(call.first_input); i < inputs.size(); ++i) {
    args.push_back(handles.contains({inputs[i].node, inputs[i].output}));
  }
  return args;
}

Status HandleFlow::AddFunction(const std::string& function, const std::vector<bool>& args) {
  if (!rewriter_.HasFunction(function)) return {};
  SMCLI_RETURN_IF_ERROR(Get(function, args, 0));
  return {};
}

Status HandleFlow::AddMainGraph() { return Follow(rewriter_.graph(), "", main_, 0); }

Result<const FunctionVersion*> HandleFlow::Get(const std::string& function, const std::vector<bool>& args, int depth) {
  if (const FunctionVersion* known = Find(function, args)) return known;
  if (depth > kMaxDepth || versions_.size() > kMaxVersions) {
    return UnsupportedError("functions call each other too deep to follow variables through them");
  }
  auto& slot = versions_[{function, args}];
  slot = std::make_unique<FunctionVersion>();
  FunctionVersion& version = *slot;
  version.function = function;
  version.args = args;
  order_.push_back(&version);
  const auto draft = rewriter_.Function(function);
  if (!draft.ok()) {
    if (std::ranges::find(args, true) != args.end()) blockers_.insert(draft.error().message());
    version.ready = true;
    return &version;
  }
  const FunctionDraft& body = **draft;
  for (size_t i = 0; i < std::min(args.size(), body.args.size()); ++i) {
    if (args[i]) version.handles[{body.args[i].node, 0}] = HandleKind::kHandle;
  }
  SMCLI_RETURN_IF_ERROR(Follow(body.body, function, version.handles, depth));
  for (const auto& ret : body.rets) {
    version.rets.push_back(version.handles.contains({ret.source.node, ret.source.output}));
  }
  version.ready = true;
  return &version;
}

Status HandleFlow::Follow(const GraphDraft& graph, std::string_view function, Handles& handles, int depth) {
  SMCLI_ASSIGN_OR_RETURN(const std::vector<int32_t> order, graph.TopologicalOrder());
  size_t before = 0;
  for (int round = 0; round < kMaxRounds && (round == 0 || handles.size() != before); ++round) {
    before = handles.size();
    for (const int32_t id : order) {
      const DraftNode& node = graph.node(id);
      if (IsOurs(graph, id)) {
        handles[{id, 0}] = node.op == "VarHandleOp" ? HandleKind::kHandle : HandleKind::kReference;
        continue;
      }
      if (const CallOp* call = FindCallOp(node.op)) {
        SMCLI_RETURN_IF_ERROR(FollowCall(graph, function, id, *call, handles, depth));
        continue;
      }
      for (size_t i = 0; i < node.inputs.size(); ++i) {
        const auto found = handles.find({node.inputs[i].node, node.inputs[i].output});
        if (found == handles.end()) continue;
        const HandleKind kind = found->second;
        if (node.op == "IdentityN" && kind == HandleKind::kHandle) handles[{id, static_cast<int32_t>(i)}] = kind;
        const bool merge = node.op.ends_with("Merge");
        const bool passes = kind == HandleKind::kHandle ? IsIn(node.op, kPassHandles) : IsIn(node.op, kPassReferences);
        const bool from_here = i == 0 || merge;
        if (passes && from_here) {
          for (int32_t output = 0; output < (merge ? 1 : node.num_outputs); ++output) handles[{id, output}] = kind;
        } else if (kind == HandleKind::kReference && node.schema != nullptr) {
          // Assign and its like hand the reference on.
          SMCLI_ASSIGN_OR_RETURN(const ArgTypes inputs, InputTypes(graph.attrs(id)));
          SMCLI_ASSIGN_OR_RETURN(const ArgTypes outputs, OutputTypes(graph.attrs(id)));
          for (size_t k = 0; i < inputs.is_ref.size() && inputs.is_ref[i] && k < outputs.is_ref.size(); ++k) {
            if (outputs.is_ref[k]) handles[{id, static_cast<int32_t>(k)}] = kind;
          }
        }
      }
    }
  }
  return {};
}

Status HandleFlow::FollowCall(const GraphDraft& graph, std::string_view function, int32_t id, const CallOp& call,
                              Handles& handles, int depth) {
  const auto functions = CalledFunctions(graph, id, call);
  if (!functions.ok()) return {};
  const std::vector<bool> args = ArgsOf(graph, handles, id, call);
  std::optional<std::vector<bool>> rets;
  for (size_t i = 0; i < functions->size(); ++i) {
    if (!rewriter_.HasFunction((*functions)[i].name)) continue;
    SMCLI_ASSIGN_OR_RETURN(const FunctionVersion* version, Get((*functions)[i].name, args, depth + 1));
    if (!version->ready) continue;  // it calls itself
    if (call.kind == CallOp::Kind::kLoop) {
      if (i > 0 && !SameHandles(args, version->rets)) blockers_.insert(PlaceOf(graph, function, id));
      rets = args;
    } else if (rets && *rets != version->rets) {
      blockers_.insert(PlaceOf(graph, function, id));
    } else {
      rets = version->rets;
    }
  }
  for (size_t i = 0; rets && i < rets->size(); ++i) {
    if ((*rets)[i]) handles[{id, static_cast<int32_t>(i)}] = HandleKind::kHandle;
  }
  return {};
}

Status HandleFlow::NameVersions() {
  std::set<std::string> named;
  for (FunctionVersion* version : order_) {
    version->name = version->function;
    if (named.insert(version->function).second) continue;
    SMCLI_ASSIGN_OR_RETURN(FunctionDraft copy, rewriter_.Instantiate({version->function, {}}));
    version->name = rewriter_.AddFunction(std::move(copy))->name;
  }
  return {};
}

}  // namespace smcli
