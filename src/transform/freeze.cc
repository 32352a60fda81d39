#include "transform/freeze.h"

#include <algorithm>

#include "model/node_reader.h"
#include "transform/prune.h"
#include "transform/variable_flow.h"

namespace smcli {
namespace {

constexpr std::string_view kVariableOps[] = {
    "Assign", "AssignVariableOp", "ReadVariableOp", "VarHandleOp", "VarIsInitializedOp", "Variable", "VariableV2"};
constexpr int kMaxDepth = 200;  // of calls within calls, as TensorFlow's runtime bounds them

void AddVariables(const GraphDraft& graph, std::set<VariableId>& names) {
  for (int32_t id = 0; id < graph.size(); ++id) {
    if (!graph.node(id).removed && MakesVariable(graph.node(id).op)) names.insert(VariableId::Of(graph.attrs(id)));
  }
}

// Of a function that nobody drafted, from its bytes.
void AddVariables(const Function& function, std::set<VariableId>& names) {
  std::vector<std::string_view> inputs;
  for (std::string_view node_def : function.node_defs()) {
    const auto parts = ReadNodeParts(node_def, node_def.data(), inputs);
    if (!parts.ok() || !MakesVariable(parts->op)) continue;
    names.insert(VariableId::Of(AttrReader({.node = parts->name, .op = parts->op, .node_def = node_def})));
  }
}

Status AddVariables(Rewriter& rewriter, std::string_view function, std::set<VariableId>& names) {
  if (const FunctionDraft* draft = rewriter.FindDraft(function)) {
    AddVariables(draft->body, names);
    return {};
  }
  SMCLI_ASSIGN_OR_RETURN(const Function* definition, rewriter.context().functions->Get(function));
  AddVariables(*definition, names);
  return {};
}

// One version of a function for each choice of arguments that are values.
std::string VersionKey(const FuncAttr& function, const FrozenPositions& args) {
  std::string key = function.name;
  for (const auto& [name, value] : function.attrs) key += fmt::format("|{}={}", name, value);
  for (const auto& [position, value] : args)
    key += fmt::format("|{}:{}{}", position, Name(value.dtype), value.missing ? "?" : "");
  return key;
}

}  // namespace

bool IsVariableOp(std::string_view op) { return std::ranges::find(kVariableOps, op) != std::end(kVariableOps); }

Result<bool> FrozenFunctions::HoldsVariables(std::string_view function) {
  if (const auto known = holds_.find(function); known != holds_.end()) return known->second;
  std::vector<std::string> work = {std::string(function)};
  std::set<std::string> seen(work.begin(), work.end());
  std::set<VariableId> names;
  while (!work.empty() && names.empty()) {
    const std::string next = std::move(work.back());
    work.pop_back();
    if (!rewriter_.HasFunction(next)) continue;
    SMCLI_RETURN_IF_ERROR(AddVariables(rewriter_, next, names));
    SMCLI_ASSIGN_OR_RETURN(std::vector<std::string> callees, rewriter_.FunctionsOf(next));
    for (std::string& callee : callees) {
      if (seen.insert(callee).second) work.push_back(std::move(callee));
    }
  }
  return holds_[std::string(function)] = !names.empty();
}

Result<const FrozenFunctions::Version*> FrozenFunctions::Get(const FuncAttr& function, const FrozenPositions& args,
                                                             int depth) {
  const auto [entry, added] = versions_.try_emplace(VersionKey(function, args));
  Version& version = entry->second;
  if (added) {
    if (depth > kMaxDepth)
      return UnsupportedError("function '{}' lies in more than {} calls", function.name, kMaxDepth);
    SMCLI_RETURN_IF_ERROR(Make(function, args, depth, version).Annotate(fmt::format("function '{}'", function.name)));
    version.ready = true;
  } else if (!version.ready) {
    return UnsupportedError("function '{}' calls itself and holds variables", function.name);
  }
  return &version;
}

Status FrozenFunctions::Make(const FuncAttr& function, const FrozenPositions& args, int depth, Version& version) {
  SMCLI_ASSIGN_OR_RETURN(FunctionDraft draft, rewriter_.Instantiate(function));
  PruneBody(draft);
  SMCLI_RETURN_IF_ERROR(NormaliseCalls(draft.body));
  VariableFlow flow(draft.body, function.name, *this, depth);
  for (const auto& [position, value] : args) {
    if (position >= draft.args.size())
      return InvalidModelError("it takes no argument {} (FunctionArgMismatch)", position);
    if (!value.missing) draft.RetypeArg(position, value.dtype);
    flow.Set({draft.args[position].node, 0}, value);
  }
  SMCLI_RETURN_IF_ERROR(flow.Run());
  for (size_t i = 0; i < draft.rets.size(); ++i) {
    const FrozenValue* value = flow.Find(draft.rets[i].source);
    if (value == nullptr) continue;
    version.rets.emplace(i, *value);
    if (value->missing) continue;
    draft.rets[i].dtype = value->dtype;
    draft.rets[i].def = {};
  }
  draft.name += "_frozen";
  version.function = {rewriter_.AddFunction(std::move(draft))->name, {}};
  return {};
}

std::string FreezeObstacle::ToString() const {
  const std::string place = function.empty() ? std::string() : fmt::format(" in function '{}'", function);
  return fmt::format("{} by node '{}' ({}){}", reason, node, op, place);
}

Status FreezeVariables(Rewriter& rewriter, VariableSource& source, std::set<FreezeObstacle>* obstacles) {
  std::set<VariableId> names;
  AddVariables(rewriter.graph(), names);
  for (const std::string& function : rewriter.functions())
    SMCLI_RETURN_IF_ERROR(AddVariables(rewriter, function, names));
  if (names.empty()) return {};
  SMCLI_ASSIGN_OR_RETURN(const auto values, source.Read(names));
  FrozenFunctions functions(rewriter, values);
  SMCLI_RETURN_IF_ERROR(NormaliseCalls(rewriter.graph()));
  VariableFlow flow(rewriter.graph(), "", functions, 0);
  SMCLI_RETURN_IF_ERROR(flow.Run());
  if (obstacles != nullptr) {
    *obstacles = functions.obstacles();
    return {};
  }
  if (!functions.obstacles().empty()) {
    std::vector<std::string> reasons;
    for (const FreezeObstacle& obstacle : functions.obstacles()) reasons.push_back(obstacle.ToString());
    return UnsupportedError("the graph cannot be frozen: {}", fmt::join(reasons, "; "));
  }
  return PruneFunctions(rewriter, {});
}

}  // namespace smcli
