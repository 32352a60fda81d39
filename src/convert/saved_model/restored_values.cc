#include "convert/saved_model/restored_values.h"

#include <map>
#include <optional>
#include <set>
#include <utility>

#include "model/function_calls.h"

namespace smcli {
namespace {

// Restore functions call functions for tables, and those perhaps one more.
constexpr int kMaxDepth = 16;
constexpr int kMaxCalls = 100'000;

// Where a value comes from: a node of the main graph, or a key of the checkpoint.
struct Origin {
  int32_t node = -1;
  std::string key, slice;
};
using Origins = std::map<std::pair<int32_t, int32_t>, Origin>;  // by node and output

bool PassesOn(std::string_view op) { return op == "Identity" || op == "EnsureShape" || op == "RefIdentity"; }

class Follower {
 public:
  explicit Follower(Rewriter& rewriter) : rewriter_(rewriter) {}

  std::vector<RestoredValue> TakeAnswer() { return std::move(found_); }

  Status FollowMain(int32_t root) {
    const GraphDraft& graph = rewriter_.graph();
    const std::vector<bool> needed = NeededNodes(graph, {root});
    return Follow(graph, needed, Origins(), /*is_main=*/true, 0);
  }

 private:
  Status Follow(const GraphDraft& graph, const std::vector<bool>& needed, Origins origins, bool is_main, int depth) {
    SMCLI_ASSIGN_OR_RETURN(const std::vector<int32_t> order, graph.TopologicalOrder());
    for (const int32_t id : order) {
      if (!needed[static_cast<size_t>(id)]) continue;
      const DraftNode& node = graph.node(id);
      if (node.inputs.empty()) {
        if (is_main) origins[{id, 0}] = {.node = id, .key = {}, .slice = {}};
      } else if (node.op == "RestoreV2") {
        NameOutputs(graph, id, origins);
      } else if (PassesOn(node.op)) {
        if (const Origin* origin = Find(origins, node.inputs[0])) origins[{id, 0}] = Origin(*origin);
      } else if (IsPartitionedCall(node.op)) {
        SMCLI_RETURN_IF_ERROR(FollowCall(graph, id, origins, depth));
      } else {
        Pair(node, origins);
      }
    }
    return {};
  }

  static const Origin* Find(const Origins& origins, const Endpoint& endpoint) {
    const auto found = origins.find({endpoint.node, endpoint.output});
    return found == origins.end() ? nullptr : &found->second;
  }

  static void NameOutputs(const GraphDraft& graph, int32_t id, Origins& origins) {
    const auto keys = ConstStrings(graph, id, 1), slices = ConstStrings(graph, id, 2);
    if (!keys || !slices || keys->size() != slices->size()) return;
    for (size_t i = 0; i < keys->size(); ++i) {
      origins[{id, static_cast<int32_t>(i)}] = {.node = -1, .key = (*keys)[i], .slice = (*slices)[i]};
    }
  }

  // The first input is what an op assigns to; the others are what it assigns.
  void Pair(const DraftNode& node, const Origins& origins) {
    const Origin* target = Find(origins, node.inputs[0]);
    if (target == nullptr || target->node < 0) return;
    for (size_t i = 1; i < node.inputs.size(); ++i) {
      const Origin* value = Find(origins, node.inputs[i]);
      if (value != nullptr && value->node < 0) found_.push_back({value->key, value->slice, target->node});
    }
  }

  Status FollowCall(const GraphDraft& graph, int32_t id, const Origins& origins, int depth) {
    const auto function = graph.attrs(id).Func("f");
    if (!function.ok() || depth >= kMaxDepth || ++calls_ > kMaxCalls || !rewriter_.HasFunction(function->name))
      return {};
    const auto draft = rewriter_.Function(function->name);
    if (!draft.ok()) return {};
    const FunctionDraft& callee = **draft;
    Origins inside;
    const std::vector<Endpoint>& inputs = graph.node(id).inputs;
    for (size_t i = 0; i < std::min(inputs.size(), callee.args.size()); ++i) {
      if (const Origin* origin = Find(origins, inputs[i])) inside[{callee.args[i].node, 0}] = *origin;
    }
    const std::vector<bool> all(static_cast<size_t>(callee.body.size()), true);
    return Follow(callee.body, all, std::move(inside), /*is_main=*/false, depth + 1);
  }

  Rewriter& rewriter_;
  std::vector<RestoredValue> found_;
  int calls_ = 0;
};

}  // namespace

std::optional<std::vector<std::string>> ConstStrings(const GraphDraft& graph, int32_t id, size_t input) {
  const std::vector<Endpoint>& inputs = graph.node(id).inputs;
  if (input >= inputs.size() || inputs[input].node < 0 || !graph.IsConst(inputs[input].node)) return std::nullopt;
  const auto value = graph.ConstValue(inputs[input].node);
  if (!value.ok() || value->dtype() != DataType::kString) return std::nullopt;
  const std::span<const std::string> strings = value->flat<std::string>();
  return std::vector<std::string>(strings.begin(), strings.end());
}

std::vector<bool> NeededNodes(const GraphDraft& graph, const std::vector<int32_t>& roots) {
  std::vector<bool> needed(static_cast<size_t>(graph.size()), false);
  std::vector<int32_t> work;
  const auto need = [&](int32_t id) {
    if (id < 0 || needed[static_cast<size_t>(id)]) return;
    needed[static_cast<size_t>(id)] = true;
    work.push_back(id);
  };
  for (const int32_t root : roots) need(root);
  while (!work.empty()) {
    const DraftNode& node = graph.node(work.back());
    work.pop_back();
    for (const Endpoint& input : node.inputs) need(input.node);
    for (const int32_t producer : node.control_inputs) need(producer);
  }
  return needed;
}

Result<std::vector<RestoredValue>> FindDeclaredVariables(const Rewriter& rewriter) {
  std::vector<RestoredValue> values;
  for (const std::string_view collection : {"variables", "local_variables"}) {
    SMCLI_ASSIGN_OR_RETURN(const std::vector<CollectionVariable> variables,
                           rewriter.meta_graph().CollectionVariables(collection));
    for (const CollectionVariable& variable : variables) {
      const auto name = ParseTensorName(variable.name);
      const int32_t node = name ? rewriter.graph().Find(name->node) : -1;
      if (node < 0) continue;
      const std::string key = variable.slice_name.empty() ? std::string(name->node) : variable.slice_name;
      values.push_back({.key = key, .slice = {}, .node = node});
    }
  }
  return values;
}

Result<std::vector<RestoredValue>> FindRestoredValues(Rewriter& rewriter, int32_t restore_op) {
  Follower follower(rewriter);
  SMCLI_RETURN_IF_ERROR(follower.FollowMain(restore_op));
  return follower.TakeAnswer();
}

}  // namespace smcli
