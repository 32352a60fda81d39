#include "model/object_graph.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "model/object_paths.h"
#include "model/wire_check.h"
#include "saved_object_graph.pb.h"
#include "tensor/tensor_proto.h"

namespace smcli {
namespace {

using Kind = SavedObject::Kind;

constexpr std::array<std::string_view, 9> kKindNames = {"unset",    "user_object", "asset",
                                                        "function", "variable",    "bare_concrete_function",
                                                        "constant", "resource",    "captured_tensor"};

Result<StructuredValue> ReadOptional(bool present, const tensorflow::StructuredValue& value) {
  if (!present) return StructuredValue();
  return ReadStructuredValue(value);
}

Status ReadSpec(const tensorflow::FunctionSpec& def, SavedObject& object) {
  auto spec = std::make_shared<FunctionSpec>();
  SMCLI_ASSIGN_OR_RETURN(spec->fullargspec, ReadOptional(def.has_fullargspec(), def.fullargspec()));
  SMCLI_ASSIGN_OR_RETURN(spec->input_signature, ReadOptional(def.has_input_signature(), def.input_signature()));
  spec->is_method = def.is_method();
  spec->jit_compile = def.jit_compile();
  object.spec = std::move(spec);
  return {};
}

SavedVariable ReadVariable(const tensorflow::SavedVariable& def) {
  SavedVariable variable;
  variable.name = def.name();
  variable.dtype_number = def.dtype();
  variable.dtype = DataTypeFromNumber(def.dtype()).value_or(DataType::kInvalid);
  if (def.has_shape()) variable.shape = ShapeFromProto(def.shape());
  variable.trainable = def.trainable();
  variable.synchronization = def.synchronization();
  variable.aggregation = def.aggregation();
  variable.device = def.device();
  return variable;
}

Status ReadBareFunction(const tensorflow::SavedBareConcreteFunction& def, SavedObject& object) {
  object.kind = Kind::kBareFunction;
  object.concrete_functions = {def.concrete_function_name()};
  object.argument_keywords.assign(def.argument_keywords().begin(), def.argument_keywords().end());
  object.allowed_positional = def.allowed_positional_arguments();
  return def.has_function_spec() ? ReadSpec(def.function_spec(), object) : Status();
}

Status ReadKind(const tensorflow::SavedObject& def, SavedObject& object) {
  using Def = tensorflow::SavedObject;
  switch (def.kind_case()) {
    case Def::kUserObject:
      object.kind = Kind::kUserObject;
      object.text = def.user_object().identifier();
      object.metadata = def.user_object().metadata();
      return {};
    case Def::kAsset:
      object.kind = Kind::kAsset;
      object.asset_index = def.asset().asset_file_def_index();
      return {};
    case Def::kFunction:
      object.kind = Kind::kFunction;
      object.concrete_functions.assign(def.function().concrete_functions().begin(),
                                       def.function().concrete_functions().end());
      return def.function().has_function_spec() ? ReadSpec(def.function().function_spec(), object) : Status();
    case Def::kVariable:
      object.kind = Kind::kVariable;
      object.variable = ReadVariable(def.variable());
      return {};
    case Def::kBareConcreteFunction: return ReadBareFunction(def.bare_concrete_function(), object);
    case Def::kConstant:
      object.kind = Kind::kConstant;
      object.text = def.constant().operation();
      return {};
    case Def::kResource:
      object.kind = Kind::kResource;
      object.text = def.resource().device();
      return {};
    case Def::kCapturedTensor:
      object.kind = Kind::kCapturedTensor;
      object.text = def.captured_tensor().name();
      object.metadata = def.captured_tensor().concrete_function();
      return {};
    case Def::KIND_NOT_SET: return {};
  }
  return {};
}

// Into a fresh object: handing one back would move its many members, for each of many thousands.
Status ReadObject(const tensorflow::SavedObject& def, SavedObject& object) {
  for (const auto& child : def.children()) object.children.push_back({child.local_name(), child.node_id()});
  for (const auto& other : def.dependencies()) object.dependencies.push_back({other.local_name(), other.node_id()});
  for (const auto& slot : def.slot_variables()) {
    object.slots.push_back({slot.original_variable_node_id(), slot.slot_name(), slot.slot_variable_node_id()});
  }
  for (const auto& [key, saveable] : def.saveable_objects()) {
    object.saveables.push_back({key, saveable.save_function(), saveable.restore_function()});
  }
  std::ranges::sort(object.saveables, {}, &SavedObject::Saveable::key);
  object.registered_name = def.registered_name();
  object.registered_saver = def.registered_saver();
  return ReadKind(def, object);
}

Result<ConcreteFunction> ReadConcreteFunction(const std::string& name, const tensorflow::SavedConcreteFunction& def) {
  ConcreteFunction function;
  function.name = name;
  function.bound_inputs.assign(def.bound_inputs().begin(), def.bound_inputs().end());
  SMCLI_ASSIGN_OR_RETURN(function.input_signature,
                         ReadOptional(def.has_canonicalized_input_signature(), def.canonicalized_input_signature()));
  SMCLI_ASSIGN_OR_RETURN(function.output_signature, ReadOptional(def.has_output_signature(), def.output_signature()));
  return function;
}

// Every node id in use must name a node.
class IdChecker {
 public:
  explicit IdChecker(size_t count) : count_(count) {}

  // `kind` and `name` say in an error what refers to the node.
  Status Check(int32_t id, std::string_view kind, std::string_view name, size_t node) const {
    if (id >= 0 && static_cast<size_t>(id) < count_) return {};
    const std::string what = name.empty() ? std::string(kind) : fmt::format("{} '{}'", kind, name);
    return InvalidModelError("object_graph_def: node {}: {} is node {} of {} (ObjectIdOutOfRange)", node, what, id,
                             count_);
  }
  Status CheckNode(const SavedObject& object, size_t node) const {
    for (const ObjectEdge& edge : object.children) {
      SMCLI_RETURN_IF_ERROR(Check(edge.node, "child", edge.name, node));
    }
    for (const ObjectEdge& edge : object.dependencies) {
      SMCLI_RETURN_IF_ERROR(Check(edge.node, "a dependency", "", node));
    }
    for (const SlotReference& slot : object.slots) {
      SMCLI_RETURN_IF_ERROR(Check(slot.original, "the variable of a slot", "", node));
      SMCLI_RETURN_IF_ERROR(Check(slot.slot, "slot", slot.slot_name, node));
    }
    return {};
  }
  Status CheckFunction(const ConcreteFunction& function) const {
    for (int32_t id : function.bound_inputs) {
      if (id < 0 || static_cast<size_t>(id) >= count_) {
        return InvalidModelError("object_graph_def: function '{}' captures node {} of {} (ObjectIdOutOfRange)",
                                 function.name, id, count_);
      }
    }
    return {};
  }

 private:
  size_t count_;
};

}  // namespace

std::string_view Name(SavedObject::Kind kind) { return kKindNames[static_cast<size_t>(kind)]; }

Result<std::unique_ptr<ObjectGraph>> ObjectGraph::Read(const SharedBytes& bytes) {
  google::protobuf::Arena arena;
  auto* def = google::protobuf::Arena::CreateMessage<tensorflow::SavedObjectGraph>(&arena);
  SMCLI_RETURN_IF_ERROR(ParseMessage(bytes.view, bytes.origin, def).Annotate("object_graph_def"));
  auto graph = std::make_unique<ObjectGraph>();
  const IdChecker ids(static_cast<size_t>(def->nodes_size()));
  graph->nodes_.reserve(static_cast<size_t>(def->nodes_size()));
  for (const tensorflow::SavedObject& node : def->nodes()) {
    const size_t id = graph->nodes_.size();
    SavedObject& object = graph->nodes_.emplace_back();
    if (Status status = ReadObject(node, object); !status.ok()) {
      return std::move(status).error().Annotate(fmt::format("object_graph_def: node {}", id));
    }
    SMCLI_RETURN_IF_ERROR(ids.CheckNode(object, id));
  }
  for (const auto& [name, function_def] : def->concrete_functions()) {
    SMCLI_ASSIGN_OR_RETURN(
        ConcreteFunction function,
        ReadConcreteFunction(name, function_def).Annotate(fmt::format("concrete function '{}'", name)));
    SMCLI_RETURN_IF_ERROR(ids.CheckFunction(function));
    graph->concrete_functions_.push_back(std::move(function));
  }
  std::ranges::sort(graph->concrete_functions_, {}, &ConcreteFunction::name);
  return graph;
}

const ConcreteFunction* ObjectGraph::FindConcreteFunction(std::string_view name) const {
  const auto found = std::ranges::lower_bound(concrete_functions_, name, {}, &ConcreteFunction::name);
  return found != concrete_functions_.end() && found->name == name ? &*found : nullptr;
}

std::optional<int32_t> ObjectGraph::FindChild(int32_t node_id, std::string_view name) const {
  const std::vector<ObjectEdge>& children = node(node_id).children;
  const auto found = std::ranges::find(children, name, &ObjectEdge::name);
  if (found == children.end()) return std::nullopt;
  return found->node;
}

Result<int32_t> ObjectGraph::Resolve(std::string_view path) const {
  if (nodes_.empty()) return NotFoundError("the model has no objects, so no \"{}\"", path);
  int32_t at = 0;
  std::string_view rest = path;
  while (!rest.empty()) {
    // The longest edge name that the rest begins with: names may hold dots themselves.
    const ObjectEdge* next = nullptr;
    for (const ObjectEdge& edge : node(at).children) {
      const size_t length = edge.name.size();
      const bool fits =
          rest.starts_with(edge.name) && (rest.size() == length || (rest[length] == '.' && rest.size() > length + 1));
      if (fits && !edge.name.empty() && (next == nullptr || edge.name.size() > next->name.size())) next = &edge;
    }
    if (next == nullptr) {
      std::vector<std::string_view> names;
      for (const ObjectEdge& edge : node(at).children) names.push_back(edge.name);
      const std::string_view missing = rest.substr(0, rest.find('.'));
      const std::string_view parent = path.substr(0, path.size() - rest.size());
      return NotFoundError("no object \"{}{}\"{}", parent, missing, Suggestion(missing, names));
    }
    at = next->node;
    rest.remove_prefix(std::min(next->name.size() + 1, rest.size()));
  }
  return at;
}

std::vector<std::optional<std::string>> ObjectGraph::Paths() const {
  std::vector<std::optional<std::string>> paths(nodes_.size());
  if (nodes_.empty()) return paths;
  ObjectPaths tree(nodes_.size(), '.');
  std::vector<int32_t> queue = {0};
  for (size_t i = 0; i < queue.size(); ++i) {
    for (const ObjectEdge& edge : node(queue[i]).children) {
      if (tree.Reach(edge.node, queue[i], edge.name)) queue.push_back(edge.node);
    }
  }
  for (int32_t id : queue) paths[static_cast<size_t>(id)] = tree.Path(id);
  return paths;
}

}  // namespace smcli
