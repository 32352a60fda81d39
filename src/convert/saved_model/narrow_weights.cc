#include "convert/saved_model/narrow_weights.h"

#include <algorithm>

#include "convert/saved_model/meta_graph_edit.h"
#include "convert/saved_model/narrow_body.h"
#include "convert/saved_model/restored_values.h"
#include "meta_graph.pb.h"
#include "model/attr_value.h"
#include "model/meta_graph.h"

namespace smcli {
namespace {

using tensorflow::SavedObject;

class WeightNarrowing {
 public:
  WeightNarrowing(ExportedModel& model, Rewriter& rewriter, DataType dtype) : model_(model), rewriter_(rewriter) {
    narrowing_.dtype = dtype;
  }

  Status Run() {
    SMCLI_RETURN_IF_ERROR(FindVariables());
    ChooseKeys();
    std::set<int32_t> nodes;
    for (const std::string& key : narrowing_.keys) nodes.insert(nodes_[key].begin(), nodes_[key].end());
    HandleFlow flow(rewriter_, nodes);
    narrowing_.flow = &flow;
    SMCLI_RETURN_IF_ERROR(AddConcreteFunctions(flow));
    SMCLI_RETURN_IF_ERROR(flow.AddMainGraph());
    narrowing_.blockers = flow.blockers();
    SMCLI_RETURN_IF_ERROR(CheckBlockers());
    SMCLI_RETURN_IF_ERROR(flow.NameVersions());
    SMCLI_RETURN_IF_ERROR(RewriteBodies(flow));
    SMCLI_RETURN_IF_ERROR(CheckBlockers());
    MarkObjects();
    for (const std::string& key : narrowing_.keys) model_.tensors().find(key)->second.store_as = narrowing_.dtype;
    return {};
  }

 private:
  // What keys restore: nodes of the main graph, objects.
  Status FindVariables() {
    const std::optional<SaverInfo>& saver = rewriter_.meta_graph().saver();
    const auto name = saver ? ParseTensorName(saver->restore_op_name) : std::nullopt;
    const int32_t restore = name ? rewriter_.graph().Find(name->node) : -1;
    std::vector<RestoredValue> values;
    if (restore >= 0) {
      SMCLI_ASSIGN_OR_RETURN(values, FindRestoredValues(rewriter_, restore));
    } else {
      SMCLI_ASSIGN_OR_RETURN(values, FindDeclaredVariables(rewriter_));
    }
    for (const RestoredValue& value : values) nodes_[value.key].insert(value.node);
    const auto& numbers = model_.node_numbers();
    for (const CheckpointAttribute& attribute : model_.match().attributes) {
      const auto old = static_cast<size_t>(attribute.node);
      const int32_t object = !numbers ? attribute.node : old < numbers->size() ? (*numbers)[old] : -1;
      if (object >= 0) objects_[attribute.checkpoint_key].insert(object);
    }
    return {};
  }

  SavedObject& ObjectAt(int32_t id) const { return *model_.meta_graph().mutable_object_graph_def()->mutable_nodes(id); }

  bool IsWide(int32_t node) const {
    const GraphDraft& graph = rewriter_.graph();
    return MakesVariable(graph.node(node).op) &&
           graph.attrs(node).Type("dtype", DataType::kInvalid) == DataType::kFloat;
  }

  // Tables hold values too, and stay as they are.
  void ChooseKeys() {
    for (const auto& [key, stored] : model_.tensors()) {
      const DataType dtype = stored.value ? stored.value->dtype() : stored.entry->dtype;
      const Shape& shape = stored.value ? stored.value->shape() : stored.entry->shape;
      if (dtype != DataType::kFloat || shape.num_elements() < 2) continue;
      const bool variables = std::ranges::all_of(nodes_[key], [&](int32_t node) { return IsWide(node); });
      const bool objects = std::ranges::all_of(objects_[key], [&](int32_t id) {
        return ObjectAt(id).has_variable() && ObjectAt(id).variable().dtype() == tensorflow::DT_FLOAT;
      });
      const bool is_table = key.ends_with("-values") || key.ends_with("-keys");
      if (variables && objects && (!is_table || !nodes_[key].empty())) narrowing_.keys.insert(key);
    }
  }

  // As the objects bind their captures.
  Status AddConcreteFunctions(HandleFlow& flow) {
    if (!model_.has_objects()) return {};
    for (const std::string& key : narrowing_.keys) narrow_objects_.insert(objects_[key].begin(), objects_[key].end());
    std::map<std::string, const tensorflow::SavedConcreteFunction*> sorted;
    const auto& functions = model_.meta_graph().object_graph_def().concrete_functions();
    for (const auto& [name, function] : functions) sorted.emplace(name, &function);
    for (const auto& [name, function] : sorted) {
      if (!rewriter_.HasFunction(name)) continue;
      const auto draft = rewriter_.Function(name);
      const auto captures = static_cast<size_t>(function->bound_inputs_size());
      if (!draft.ok() || (*draft)->args.size() < captures) continue;
      std::vector<bool> args((*draft)->args.size() - captures, false);
      for (const int32_t object : function->bound_inputs()) args.push_back(narrow_objects_.contains(object));
      SMCLI_RETURN_IF_ERROR(flow.AddFunction(name, args));
    }
    return {};
  }

  Status RewriteBodies(HandleFlow& flow) {
    for (const FunctionVersion* version : flow.versions()) {
      const auto draft = rewriter_.Function(version->name);
      if (!draft.ok()) continue;
      NarrowBody body(narrowing_, (*draft)->body, *draft, version->handles);
      SMCLI_RETURN_IF_ERROR(body.Run().Annotate(fmt::format("function '{}'", version->name)));
    }
    GraphDraft& graph = rewriter_.graph();
    NarrowBody main(narrowing_, graph, nullptr, flow.main_handles());
    std::map<std::string, Endpoint> named;
    ForEachTensorName(model_.meta_graph(), [&](std::string& name) {
      const auto tensor = graph.FindTensor(name);
      if (!tensor.ok()) return;
      named.emplace(name, *tensor);
      main.KeepNamed(*tensor);
    });
    SMCLI_RETURN_IF_ERROR(main.Run());
    RenameTensors(named, flow.main_handles(), main.moved());
    return {};
  }

  // Signatures give what they gave before.
  void RenameTensors(const std::map<std::string, Endpoint>& named, const Handles& handles,
                     const GraphDraft::Redirection& moved) {
    GraphDraft& graph = rewriter_.graph();
    ForEachTensorName(model_.meta_graph(), [&](std::string& name) {
      const auto found = named.find(name);
      if (found == named.end()) return;
      const std::pair<int32_t, int32_t> tensor(found->second.node, found->second.output);
      if (const auto wide = moved.find(tensor); wide != moved.end()) name = graph.TensorNameOf(wide->second);
      const auto reference = handles.find(tensor);
      if (reference == handles.end() || reference->second != HandleKind::kReference) return;
      const int32_t cast = graph.Add(graph.node(tensor.first).name + "/wide", "Cast");
      graph.SetAttr(cast, "SrcT", TypeAttr(narrowing_.dtype));
      graph.SetAttr(cast, "DstT", TypeAttr(DataType::kFloat));
      graph.node(cast).inputs = {found->second};
      graph.node(cast).num_outputs = 1;
      name = graph.TensorNameOf({cast, 0});
    });
  }

  Status CheckBlockers() const {
    if (narrowing_.blockers.empty()) return {};
    return UnsupportedError("--weights: these use variables in ways that have no narrow form: {}",
                            fmt::join(narrowing_.blockers, ", "));
  }

  void MarkObjects() {
    const auto number = static_cast<tensorflow::DataType>(static_cast<int>(narrowing_.dtype));
    for (const int32_t id : narrow_objects_) {
      tensorflow::SavedVariable& variable = *ObjectAt(id).mutable_variable();
      variable.set_dtype(number);
      for (auto& part : *variable.mutable_experimental_distributed_variable_components()) part.set_dtype(number);
    }
  }

  ExportedModel& model_;
  Rewriter& rewriter_;
  Narrowing narrowing_;
  std::map<std::string, std::set<int32_t>, std::less<>> nodes_, objects_;  // by key
  std::set<int32_t> narrow_objects_;
};

}  // namespace

Status NarrowWeights(ExportedModel& model, DataType dtype) {
  SMCLI_ASSIGN_OR_RETURN(Rewriter * rewriter, model.rewriter());
  SMCLI_RETURN_IF_ERROR(WeightNarrowing(model, *rewriter, dtype).Run());
  model.DropKerasMetadata();
  return {};
}

}  // namespace smcli
