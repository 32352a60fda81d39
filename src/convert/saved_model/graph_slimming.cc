#include "convert/saved_model/graph_slimming.h"

#include <algorithm>
#include <optional>

#include "convert/saved_model/restored_values.h"
#include "convert/saved_model/saver_trim.h"
#include "transform/prune.h"

namespace smcli {
namespace {

using Keys = std::set<std::string, std::less<>>;

// A variable, a table, or a call that makes one: a handle or a reference that comes from nowhere else.
bool MakesState(const GraphDraft& graph, int32_t id) {
  const DraftNode& node = graph.node(id);
  if (node.removed || node.schema == nullptr) return false;
  const auto outputs = OutputTypes(graph.attrs(id)), inputs = InputTypes(graph.attrs(id));
  if (!outputs.ok() || !inputs.ok()) return false;
  const auto has_state = [](const ArgTypes& args) {
    return std::ranges::find(args.types, DataType::kResource) != args.types.end() ||
           std::ranges::find(args.is_ref, true) != args.is_ref.end();
  };
  return has_state(*outputs) && !has_state(*inputs);
}

class Slimming {
 public:
  Slimming(Rewriter& rewriter, const SlimmingRoots& roots)
      : rewriter_(rewriter), graph_(rewriter.graph()), meta_(rewriter.meta_graph()), roots_(roots) {}

  Result<SlimmedGraph> Run() {
    SMCLI_RETURN_IF_ERROR(FindRoots());
    SMCLI_RETURN_IF_ERROR(KeepInit());
    kept_ = NeededNodes(graph_, ids_);
    SlimmedGraph slimmed;
    SMCLI_RETURN_IF_ERROR(SlimSaver(slimmed));
    SMCLI_RETURN_IF_ERROR(Finish());
    return slimmed;
  }

 private:
  int32_t FindNode(std::string_view name) const {
    if (const int32_t id = graph_.Find(name); id >= 0) return id;
    const auto tensor = ParseTensorName(name);
    return tensor ? graph_.Find(tensor->node) : -1;
  }

  Status AddRoot(const std::string& name, std::vector<std::string>& list) {
    const int32_t id = FindNode(name);
    if (id < 0) return InvalidModelError("the graph has no '{}' (InputNotFound)", name);
    ids_.push_back(id);
    list.push_back(name);
    return {};
  }

  Status FindRoots() {
    for (const Signature* signature : roots_.signatures) {
      for (const TensorSpec& spec : FlattenSpecs(signature->inputs)) {
        SMCLI_RETURN_IF_ERROR(AddRoot(spec.tensor_name, prune_.feeds).Annotate(signature->key));
      }
      for (const TensorSpec& spec : FlattenSpecs(signature->outputs)) {
        SMCLI_RETURN_IF_ERROR(AddRoot(spec.tensor_name, prune_.fetches).Annotate(signature->key));
      }
    }
    for (const std::string& node : roots_.nodes) SMCLI_RETURN_IF_ERROR(AddRoot(node, prune_.fetches));
    for (const std::string& feed : roots_.feeds) SMCLI_RETURN_IF_ERROR(AddRoot(feed, prune_.feeds));
    return {};
  }

  // What initialises nothing but state that nobody needs any more is not run any more.
  Status KeepInit() {
    SMCLI_ASSIGN_OR_RETURN(const std::string init, meta_.InitOpName());
    if (!init.empty()) {
      const int32_t id = FindNode(init);
      if (id < 0) return InvalidModelError("the graph has no init op '{}' (InitOpMalformed)", init);
      SMCLI_RETURN_IF_ERROR(TrimInit(id));
      SMCLI_RETURN_IF_ERROR(AddRoot(init, prune_.fetches));
    }
    SMCLI_ASSIGN_OR_RETURN(const std::vector<Collection> collections, meta_.Collections());
    for (const Collection& collection : collections) {
      if (collection.key != "table_initializer" || collection.kind != Collection::Kind::kNodeList) continue;
      SMCLI_RETURN_IF_ERROR(FindState());
      for (const std::string& name : collection.strings) {
        const int32_t id = FindNode(name);
        if (id >= 0 && needed_state_[static_cast<size_t>(id)]) SMCLI_RETURN_IF_ERROR(AddRoot(name, prune_.fetches));
      }
    }
    return {};
  }

  // By node: is there state behind it, and some of it that the roots need?
  Status FindState() {
    const std::vector<bool> needed = NeededNodes(graph_, ids_);
    SMCLI_ASSIGN_OR_RETURN(const std::vector<int32_t> order, graph_.TopologicalOrder());
    any_state_.assign(static_cast<size_t>(graph_.size()), false);
    needed_state_ = any_state_;
    for (const int32_t id : order) {
      const auto at = static_cast<size_t>(id);
      const DraftNode& node = graph_.node(id);
      any_state_[at] = MakesState(graph_, id);
      needed_state_[at] = any_state_[at] && needed[at];
      const auto add = [&](int32_t producer) {
        if (producer < 0) return;
        if (any_state_[static_cast<size_t>(producer)]) any_state_[at] = true;
        if (needed_state_[static_cast<size_t>(producer)]) needed_state_[at] = true;
      };
      for (const Endpoint& input : node.inputs) add(input.node);
      for (const int32_t producer : node.control_inputs) add(producer);
    }
    return {};
  }

  Status TrimInit(int32_t init) {
    SMCLI_RETURN_IF_ERROR(FindState());
    std::vector<int32_t> work = {init};
    std::set<int32_t> seen = {init};
    while (!work.empty()) {
      DraftNode& group = graph_.node(work.back());
      work.pop_back();
      if (group.op != "NoOp") continue;
      std::erase_if(group.control_inputs, [&](int32_t producer) {
        return any_state_[static_cast<size_t>(producer)] && !needed_state_[static_cast<size_t>(producer)];
      });
      for (const int32_t producer : group.control_inputs) {
        if (seen.insert(producer).second) work.push_back(producer);
      }
    }
    return {};
  }

  Status SlimSaver(SlimmedGraph& slimmed) {
    const std::optional<SaverInfo>& saver = meta_.saver();
    const int32_t restore = saver ? FindNode(saver->restore_op_name) : -1;
    if (restore < 0) return KeepDeclared(slimmed);
    std::vector<int32_t> saver_ids = {restore};
    for (const std::string& name : {saver->save_tensor_name, saver->filename_tensor_name}) {
      if (const int32_t id = FindNode(name); id >= 0) saver_ids.push_back(id);
    }
    SaverLoss loss{.keys = roots_.lost_keys, .nodes = {}};
    SMCLI_ASSIGN_OR_RETURN(const std::vector<RestoredValue> values, FindRestoredValues(rewriter_, restore));
    for (const RestoredValue& value : values) {
      if (kept_[static_cast<size_t>(value.node)]) loss.keys.erase(value.key);
    }
    if (roots_.lose_unused) {
      const std::vector<bool> used = NeededNodes(graph_, saver_ids);
      for (int32_t id = 0; id < graph_.size(); ++id) {
        const auto at = static_cast<size_t>(id);
        if (used[at] && !kept_[at] && MakesState(graph_, id)) loss.nodes.insert(id);
      }
    }
    SMCLI_RETURN_IF_ERROR(TrimSaver(rewriter_, loss, kept_, roots_.functions));
    slimmed.restored_keys = RestoredKeys(saver_ids);
    slimmed.has_saver = !roots_.lose_unused || !slimmed.restored_keys || !slimmed.restored_keys->empty();
    if (!slimmed.has_saver) return {};
    for (const int32_t id : saver_ids) {
      if (!graph_.node(id).removed) prune_.fetches.push_back(graph_.node(id).name);
    }
    return {};
  }

  // Without a saver, loaders make one from the variables' collections, which must stay whole.
  Status KeepDeclared(SlimmedGraph& slimmed) {
    slimmed.restored_keys.emplace();
    SMCLI_ASSIGN_OR_RETURN(const std::vector<RestoredValue> values, FindDeclaredVariables(rewriter_));
    for (const RestoredValue& value : values) {
      if (kept_[static_cast<size_t>(value.node)]) slimmed.restored_keys->insert(value.key);
    }
    for (const std::string_view collection : {"variables", "local_variables"}) {
      SMCLI_ASSIGN_OR_RETURN(const std::vector<CollectionVariable> variables, meta_.CollectionVariables(collection));
      for (const CollectionVariable& variable : variables) {
        const int32_t id = FindNode(variable.name);
        if (id < 0 || !kept_[static_cast<size_t>(id)]) continue;
        for (const std::string& name : {variable.initializer_name, variable.snapshot_name}) {
          if (!name.empty()) SMCLI_RETURN_IF_ERROR(AddRoot(name, prune_.fetches));
        }
      }
    }
    return {};
  }

  // Of the main graph's saver, and of any function.
  std::optional<Keys> RestoredKeys(const std::vector<int32_t>& saver_ids) {
    Keys keys;
    const std::vector<bool> used = NeededNodes(graph_, saver_ids);
    std::vector<std::string> work;
    std::set<std::string> seen;
    bool known = AddKeys(graph_, used, keys, work);
    while (!work.empty()) {
      const std::string name = std::move(work.back());
      work.pop_back();
      if (!rewriter_.HasFunction(name) || !seen.insert(name).second) continue;
      const auto draft = rewriter_.Function(name);
      if (!draft.ok()) return std::nullopt;
      const std::vector<bool> all(static_cast<size_t>((*draft)->body.size()), true);
      known = AddKeys((*draft)->body, all, keys, work) && known;
    }
    if (!known) return std::nullopt;
    return keys;
  }

  static bool AddKeys(const GraphDraft& graph, const std::vector<bool>& used, Keys& keys,
                      std::vector<std::string>& functions) {
    bool known = true;
    for (int32_t id = 0; id < graph.size(); ++id) {
      const DraftNode& node = graph.node(id);
      if (node.removed || !used[static_cast<size_t>(id)]) continue;
      for (std::string& name : graph.FunctionsOf(id)) functions.push_back(std::move(name));
      if (node.op == "Restore" || node.op == "RestoreSlice") known = false;
      if (node.op != "RestoreV2") continue;
      if (auto names = ConstStrings(graph, id, 1)) {
        keys.insert(names->begin(), names->end());
      } else {
        known = false;
      }
    }
    return known;
  }

  Status Finish() {
    for (const std::string& name : roots_.functions) {
      if (rewriter_.HasFunction(name)) prune_.functions.push_back(name);
    }
    rewriter_.DropGradients();
    rewriter_.DropDebugInfo();
    return Prune(rewriter_, prune_);
  }

  Rewriter& rewriter_;
  GraphDraft& graph_;
  const MetaGraph& meta_;
  const SlimmingRoots& roots_;
  PruneRoots prune_;
  std::vector<int32_t> ids_;
  std::vector<bool> kept_;
  std::vector<bool> any_state_, needed_state_;
};

}  // namespace

Result<SlimmedGraph> SlimGraph(Rewriter& rewriter, const SlimmingRoots& roots) {
  return Slimming(rewriter, roots).Run();
}

}  // namespace smcli
