// The concrete function of a signature: keywords, structures, and the order of arguments and results, which follows the
// keys.
#include <algorithm>
#include <numeric>
#include <optional>

#include "base/utf8.h"
#include "convert/saved_model/meta_graph_edit.h"
#include "convert/saved_model/node_inputs.h"
#include "convert/saved_model/restored_values.h"
#include "convert/saved_model/signature_rewrite.h"
#include "meta_graph.pb.h"
#include "model/function_calls.h"
#include "tensor/tensor_proto.h"
#include "transform/attr_lists.h"

namespace smcli {
namespace {

using tensorflow::SavedBareConcreteFunction;
using tensorflow::SavedConcreteFunction;
using tensorflow::StructuredValue;

constexpr int kMaxDepth = 64;
using Order = std::vector<size_t>;  // by new place: the old one

// How many tensors a structure holds (saved_model.md 6.1).
size_t CountTensors(const StructuredValue& value, int depth = 0) {
  if (depth > kMaxDepth) return 0;
  size_t count = 0;
  const auto add = [&](const auto& values) {
    for (const auto& element : values) count += CountTensors(element, depth + 1);
  };
  switch (value.kind_case()) {
    case StructuredValue::kTensorSpecValue:
    case StructuredValue::kBoundedTensorSpecValue: return 1;
    case StructuredValue::kTypeSpecValue: {
      const int32_t components = value.type_spec_value().num_flat_components();
      return components > 0 ? static_cast<size_t>(components)
                            : CountTensors(value.type_spec_value().type_state(), depth + 1);
    }
    case StructuredValue::kListValue: add(value.list_value().values()); break;
    case StructuredValue::kTupleValue: add(value.tuple_value().values()); break;
    case StructuredValue::kDictValue:
      for (const auto& [key, element] : value.dict_value().fields()) count += CountTensors(element, depth + 1);
      break;
    default: break;
  }
  return count;
}

std::string NewKey(const Renames& renames, const std::string& key) {
  const auto found = renames.find(key);
  return found == renames.end() ? key : found->second;
}

// Tensors are in the order of their keys; where the new keys have another order, so have the tensors.
Order OrderAfter(const Renames& renames, const tensorflow::DictValue& dict) {
  std::map<std::string, std::pair<size_t, size_t>> before;  // by old key: first place, count
  std::vector<std::pair<std::string, std::string>> now;     // new key, old key
  for (const auto& [key, value] : dict.fields()) {
    before[key] = {0, CountTensors(value)};
    now.emplace_back(NewKey(renames, key), key);
  }
  size_t place = 0;
  for (auto& [key, range] : before) {
    range.first = place;
    place += range.second;
  }
  std::ranges::sort(now);
  Order order;
  for (const auto& [key, old] : now) {
    for (size_t i = 0; i < before[old].second; ++i) order.push_back(before[old].first + i);
  }
  return order;
}

bool Changes(const Order& order) { return !std::ranges::is_sorted(order); }

template <typename T>
void Permute(const Order& order, std::vector<T>& values) {
  std::vector<T> old = values;
  for (size_t i = 0; i < order.size(); ++i) values[i] = old[order[i]];
}

void RenameFields(const Renames& renames, tensorflow::DictValue& dict) {
  tensorflow::DictValue renamed;
  for (auto& [key, value] : *dict.mutable_fields()) {
    const std::string now = NewKey(renames, key);
    if (value.has_tensor_spec_value() && value.tensor_spec_value().name() == key) {
      value.mutable_tensor_spec_value()->set_name(now);
    }
    (*renamed.mutable_fields())[now] = std::move(value);
  }
  dict.mutable_fields()->swap(*renamed.mutable_fields());
}

// The names of keyword-only arguments, in the function's own description of itself.
void RenameInSpec(const Renames& renames, tensorflow::FunctionSpec& spec) {
  if (!spec.fullargspec().has_named_tuple_value()) return;
  for (auto& pair : *spec.mutable_fullargspec()->mutable_named_tuple_value()->mutable_values()) {
    if (pair.key() == "kwonlyargs" && pair.value().has_list_value()) {
      for (auto& name : *pair.mutable_value()->mutable_list_value()->mutable_values()) {
        if (name.has_string_value()) name.set_string_value(NewKey(renames, name.string_value()));
      }
    }
    if (pair.key() == "kwonlydefaults" && pair.value().has_dict_value()) {
      RenameFields(renames, *pair.mutable_value()->mutable_dict_value());
    }
  }
}

class FunctionRewrite {
 public:
  FunctionRewrite(const SignatureEdits::OfOne& edits, ExportedModel& model)
      : edits_(edits), model_(model), objects_(*model.meta_graph().mutable_object_graph_def()) {}

  Status Run(const std::string& key) {
    bare_ = FindBare(key);
    if (bare_ == nullptr) return {};  // a signature that only V1 loaders see
    const std::string& name = bare_->concrete_function_name();
    const auto found = objects_.mutable_concrete_functions()->find(name);
    if (found == objects_.mutable_concrete_functions()->end()) {
      return InvalidModelError("there is no concrete function '{}' (ConcreteFunctionMissing)", name);
    }
    if (CountUsers(name) > 1) {
      return UnsupportedError("function {} is more than one signature's, so it cannot be changed for one",
                              Quoted(name));
    }
    function_ = &found->second;
    SMCLI_RETURN_IF_ERROR(RewriteInputs());
    return RewriteOutputs();
  }

 private:
  SavedBareConcreteFunction* FindBare(const std::string& key) {
    if (objects_.nodes().empty()) return nullptr;
    for (const auto& root_edge : objects_.nodes(0).children()) {
      if (root_edge.local_name() != "signatures") continue;
      for (const auto& edge : objects_.nodes(root_edge.node_id()).children()) {
        auto* object = objects_.mutable_nodes(edge.node_id());
        if (edge.local_name() == key && object->has_bare_concrete_function()) {
          return object->mutable_bare_concrete_function();
        }
      }
    }
    return nullptr;
  }

  int CountUsers(const std::string& name) const {
    int users = 0;
    for (const auto& object : objects_.nodes()) {
      users += object.has_bare_concrete_function() && object.bare_concrete_function().concrete_function_name() == name;
      for (const std::string& function : object.function().concrete_functions()) users += function == name;
    }
    return users;
  }

  tensorflow::DictValue* Keywords() {
    StructuredValue* signature = function_->mutable_canonicalized_input_signature();
    if (!signature->has_tuple_value() || signature->tuple_value().values_size() != 2) return nullptr;
    StructuredValue* keywords = signature->mutable_tuple_value()->mutable_values(1);
    return keywords->has_dict_value() ? keywords->mutable_dict_value() : nullptr;
  }

  Status RewriteInputs() {
    tensorflow::DictValue* keywords = Keywords();
    if (edits_.inputs.empty() && edits_.shapes.empty()) return {};
    if (keywords == nullptr)
      return UnsupportedError("function {} takes no keywords", Quoted(bare_->concrete_function_name()));
    for (const auto& [input, shape] : edits_.shapes) {
      const auto field = keywords->mutable_fields()->find(input);
      if (field == keywords->mutable_fields()->end() || !field->second.has_tensor_spec_value()) continue;
      ShapeToProto(shape, field->second.mutable_tensor_spec_value()->mutable_shape());
    }
    const Order order = OrderAfter(edits_.inputs, *keywords);
    std::vector<std::string> names(bare_->argument_keywords().begin(), bare_->argument_keywords().end());
    for (std::string& name : names) name = NewKey(edits_.inputs, name);
    if (Changes(order)) {
      if (names.size() != order.size())
        return UnsupportedError("the arguments of {} are not its keywords", Quoted(bare_->concrete_function_name()));
      Permute(order, names);
      SMCLI_RETURN_IF_ERROR(PermuteArgs(order));
    }
    bare_->mutable_argument_keywords()->Assign(names.begin(), names.end());
    RenameFields(edits_.inputs, *keywords);
    if (bare_->has_function_spec()) RenameInSpec(edits_.inputs, *bare_->mutable_function_spec());
    return {};
  }

  Status RewriteOutputs() {
    if (edits_.outputs.empty()) return {};
    StructuredValue* outputs = function_->mutable_output_signature();
    if (!outputs->has_dict_value())
      return UnsupportedError("function {} returns no dictionary", Quoted(bare_->concrete_function_name()));
    const Order order = OrderAfter(edits_.outputs, outputs->dict_value());
    if (Changes(order)) SMCLI_RETURN_IF_ERROR(PermuteResults(order));
    RenameFields(edits_.outputs, *outputs->mutable_dict_value());
    return {};
  }

  // The function, and the nodes of the main graph that call it.
  Result<FunctionDraft*> OpenFunction(std::vector<int32_t>& calls) {
    SMCLI_ASSIGN_OR_RETURN(Rewriter * rewriter, model_.rewriter());
    const std::string& name = bare_->concrete_function_name();
    for (const std::string& caller : rewriter->functions()) {
      SMCLI_ASSIGN_OR_RETURN(const std::vector<std::string> called, rewriter->FunctionsOf(caller));
      if (std::ranges::find(called, name) == called.end()) continue;
      return UnsupportedError("function {} is called by another one, so its arguments keep their order", Quoted(name));
    }
    const GraphDraft& graph = rewriter->graph();
    for (int32_t id = 0; id < graph.size(); ++id) {
      if (graph.node(id).removed) continue;
      const std::vector<std::string> called = graph.FunctionsOf(id);
      if (std::ranges::find(called, name) == called.end()) continue;
      if (!IsPartitionedCall(graph.node(id).op))
        return UnsupportedError("node {} calls {} in another way", Quoted(graph.node(id).name), Quoted(name));
      calls.push_back(id);
    }
    return rewriter->Function(name);
  }

  Status PermuteArgs(const Order& order) {
    std::vector<int32_t> calls;
    SMCLI_ASSIGN_OR_RETURN(FunctionDraft * draft, OpenFunction(calls));
    if (draft->args.size() < order.size())
      return InvalidModelError("function '{}' has too few arguments (CaptureMismatch)", draft->name);
    Permute(order, draft->args);
    GraphDraft& graph = (*model_.rewriter())->graph();
    for (const int32_t id : calls) {
      std::vector<Endpoint>& inputs = graph.node(id).inputs;
      SMCLI_ASSIGN_OR_RETURN(std::vector<DataType> types, graph.attrs(id).Types("Tin"));
      if (inputs.size() < order.size() || types.size() < order.size())
        return InvalidModelError("node '{}' has too few inputs (InputCountMismatch)", graph.node(id).name);
      Permute(order, inputs);
      Permute(order, types);
      graph.SetAttr(id, "Tin", TypesAttr(types));
    }
    return {};
  }

  Status PermuteResults(const Order& order) {
    std::vector<int32_t> calls;
    SMCLI_ASSIGN_OR_RETURN(FunctionDraft * draft, OpenFunction(calls));
    if (draft->rets.size() != order.size())
      return InvalidModelError("function '{}' does not return what its object says", draft->name);
    Permute(order, draft->rets);
    GraphDraft& graph = (*model_.rewriter())->graph();
    Order place(order.size());  // by old place: the new one
    for (size_t i = 0; i < order.size(); ++i) place[order[i]] = i;
    for (const int32_t id : calls) {
      SMCLI_ASSIGN_OR_RETURN(std::vector<DataType> types, graph.attrs(id).Types("Tout"));
      if (types.size() != order.size())
        return InvalidModelError("node '{}' does not return what its function does", graph.node(id).name);
      Permute(order, types);
      graph.SetAttr(id, "Tout", TypesAttr(types));
      graph.RemoveAttr(id, "_output_shapes");
      for (int32_t reader = 0; reader < graph.size(); ++reader) {
        for (Endpoint& input : graph.node(reader).inputs) {
          if (input.node == id) input.output = static_cast<int32_t>(place[static_cast<size_t>(input.output)]);
        }
      }
      MoveTensorNames(graph.node(id).name, place);
    }
    return {};
  }

  // In the signatures.
  void MoveTensorNames(const std::string& node, const Order& place) {
    ForEachTensorName(model_.meta_graph(), [&](std::string& name) {
      const auto tensor = ParseTensorName(name);
      if (!tensor || tensor->node != node) return;
      const auto output = static_cast<size_t>(tensor->output);
      if (output < place.size()) name = fmt::format("{}:{}", node, place[output]);
    });
  }

  const SignatureEdits::OfOne& edits_;
  ExportedModel& model_;
  tensorflow::SavedObjectGraph& objects_;
  SavedBareConcreteFunction* bare_ = nullptr;
  SavedConcreteFunction* function_ = nullptr;
};

}  // namespace

Status RewriteSignatureFunction(const std::string& key, const SignatureEdits::OfOne& edits, ExportedModel& model) {
  return FunctionRewrite(edits, model).Run(key);
}

}  // namespace smcli
