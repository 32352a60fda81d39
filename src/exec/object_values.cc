#include "exec/object_values.h"

#include "exec/asset_paths.h"
#include "ops/resources.h"

namespace smcli {
namespace {

// Resources that capture resources that capture ...: more than a few levels is a broken or hostile file.
constexpr int kMaxDepth = 32;

}  // namespace

const ConcreteFunction* ObjectValues::FunctionUnder(int32_t node, std::string_view edge) const {
  const auto child = objects_.FindChild(node, edge);
  if (!child) return nullptr;
  const SavedObject& object = objects_.node(*child);
  return object.concrete_functions.empty() ? nullptr : objects_.FindConcreteFunction(object.concrete_functions.front());
}

Result<CallableFunction*> ObjectValues::Resolve(const ConcreteFunction& function) {
  SMCLI_ASSIGN_OR_RETURN(CallableFunction * callable, functions_.Resolve({function.name, {}}));
  std::vector<const ConcreteFunction*> work = {&function};
  std::set<const ConcreteFunction*> seen = {&function};
  while (!work.empty()) {
    const ConcreteFunction& next = *work.back();
    work.pop_back();
    SMCLI_RETURN_IF_ERROR(functions_.Resolve({next.name, {}}));
    for (int32_t node : next.bound_inputs) {
      if (objects_.node(node).kind != SavedObject::Kind::kResource) continue;
      for (std::string_view edge : {"_create_resource", "_initialize"}) {
        const ConcreteFunction* needed = FunctionUnder(node, edge);
        if (needed != nullptr && seen.insert(needed).second) work.push_back(needed);
      }
    }
  }
  return callable;
}

Result<std::vector<Tensor>> ObjectValues::Captures(const ConcreteFunction& function, RunServices& services) {
  std::vector<Tensor> captures;
  for (int32_t node : function.bound_inputs) {
    SMCLI_ASSIGN_OR_RETURN(Tensor value, Make(node, services, 0));
    captures.push_back(std::move(value));
  }
  return captures;
}

Result<Tensor> ObjectValues::Make(int32_t node, RunServices& services, int depth) {
  if (const auto at = values_.find(node); at != values_.end()) return at->second;
  if (depth > kMaxDepth) return InvalidModelError("DependencyCycle: object {} needs itself to be created", node);
  const SavedObject& object = objects_.node(node);
  const auto make = [&]() -> Result<Tensor> {
    switch (object.kind) {
      case SavedObject::Kind::kVariable: return MakeVariable(node);
      case SavedObject::Kind::kAsset: return MakeAsset(object);
      case SavedObject::Kind::kConstant: return MakeConstant(object, services);
      case SavedObject::Kind::kResource: return MakeResource(node, services, depth);
      default: return UnsupportedError("a function captures object {} of kind {}", node, Name(object.kind));
    }
  };
  SMCLI_ASSIGN_OR_RETURN(Tensor value, make());
  values_[node] = value;
  return value;
}

Status ObjectValues::MatchOnce() {
  if (matched_) return {};
  matched_ = true;
  if (!checkpoint_.exists()) return {};
  SMCLI_ASSIGN_OR_RETURN(const MappedFile stored, checkpoint_.ObjectGraph());
  if (stored.size() == 0) return {};
  SMCLI_ASSIGN_OR_RETURN(CheckpointMatch match, MatchCheckpoint(objects_, stored.bytes()));
  for (CheckpointAttribute& attribute : match.attributes) stored_.emplace(attribute.node, std::move(attribute));
  return {};
}

Result<Tensor> ObjectValues::MakeVariable(int32_t node) {
  const SavedVariable& saved = objects_.node(node).variable;
  if (saved.dtype == DataType::kInvalid)
    return UnsupportedError("variable '{}' has dtype number {}", saved.name, saved.dtype_number);
  auto variable = std::make_shared<Variable>(saved.name, saved.dtype, saved.shape);
  SMCLI_RETURN_IF_ERROR(MatchOnce());
  const auto [first, last] = stored_.equal_range(node);
  for (auto at = first; at != last; ++at) {
    if (at->second.name != kVariableValue) continue;
    SMCLI_ASSIGN_OR_RETURN(Tensor value, checkpoint_.Read(at->second.checkpoint_key));
    if (value.dtype() != saved.dtype || !saved.shape.Accepts(value.shape())) {
      return InvalidModelError("variable '{}' is {} {}, the checkpoint holds {} {} under '{}'", saved.name,
                               Name(saved.dtype), saved.shape.ToString(), Name(value.dtype()), value.shape().ToString(),
                               at->second.checkpoint_key);
    }
    variable->Assign(std::move(value));
  }
  return HandleTo(std::move(variable), saved.name);
}

Result<Tensor> ObjectValues::MakeAsset(const SavedObject& object) {
  SMCLI_ASSIGN_OR_RETURN(const std::vector<AssetFile> assets, AssetFiles(meta_, export_dir_));
  if (object.asset_index < 0 || static_cast<size_t>(object.asset_index) >= assets.size()) {
    return InvalidModelError("AssetIndexOutOfRange: asset {} of {}", object.asset_index, assets.size());
  }
  return Tensor::Scalar(std::string(assets[static_cast<size_t>(object.asset_index)].path));
}

Result<Tensor> ObjectValues::MakeConstant(const SavedObject& object, RunServices& services) {
  SMCLI_ASSIGN_OR_RETURN(const Graph* graph, meta_.graph());
  SMCLI_ASSIGN_OR_RETURN(const Endpoint endpoint, graph->FindTensor(object.text));
  SMCLI_ASSIGN_OR_RETURN(std::vector<Tensor> values, main_graph_.Evaluate({endpoint}, services));
  return std::move(values[0]);
}

Status ObjectValues::Call(const ConcreteFunction& function, std::vector<Tensor> args, std::vector<Tensor>& rets,
                          RunServices& services, int depth) {
  SMCLI_ASSIGN_OR_RETURN(CallableFunction * callable, functions_.Resolve({function.name, {}}));
  for (int32_t node : function.bound_inputs) {
    SMCLI_ASSIGN_OR_RETURN(Tensor capture, Make(node, services, depth + 1));
    args.push_back(std::move(capture));
  }
  if (callable->num_args() != static_cast<int>(args.size())) {
    return InvalidModelError("CaptureMismatch: function '{}' takes {} arguments, {} are bound", function.name,
                             callable->num_args(), args.size());
  }
  MissingSupport missing;
  SMCLI_RETURN_IF_ERROR(functions_.PrepareAll(missing, nullptr));
  if (!missing.empty()) return missing.ToError();
  return callable->Call(services, args, rets);
}

Result<Tensor> ObjectValues::MakeResource(int32_t node, RunServices& services, int depth) {
  const ConcreteFunction* create = FunctionUnder(node, "_create_resource");
  if (create == nullptr)
    return InvalidModelError("ConcreteFunctionMissing: resource object {} has no _create_resource", node);
  std::vector<Tensor> rets;
  SMCLI_RETURN_IF_ERROR(Call(*create, {}, rets, services, depth).Annotate("creating a resource"));
  if (rets.size() != 1) return InvalidModelError("'{}' returns {} values, not a resource", create->name, rets.size());
  Tensor handle = std::move(rets[0]);
  values_[node] = handle;  // initialisers capture it
  SMCLI_RETURN_IF_ERROR(RestoreResource(node, services, depth).Annotate("restoring a resource"));
  if (const ConcreteFunction* initialize = FunctionUnder(node, "_initialize")) {
    SMCLI_RETURN_IF_ERROR(Call(*initialize, {}, rets, services, depth).Annotate("initialising a resource"));
  }
  return handle;
}

// A mutable table's content lies in the checkpoint; its restore function takes the tensors in order of their names.
Status ObjectValues::RestoreResource(int32_t node, RunServices& services, int depth) {
  SMCLI_RETURN_IF_ERROR(MatchOnce());
  const SavedObject& object = objects_.node(node);
  for (const SavedObject::Saveable& saveable : object.saveables) {
    const SavedObject& restore = objects_.node(saveable.restore_function);
    const ConcreteFunction* function = restore.concrete_functions.empty()
                                           ? nullptr
                                           : objects_.FindConcreteFunction(restore.concrete_functions.front());
    if (function == nullptr) continue;
    std::map<std::string, std::string> keys;
    const auto [first, last] = stored_.equal_range(node);
    for (auto at = first; at != last; ++at) {
      if (saveable.key != ".TENSORS" && !at->second.name.starts_with(saveable.key)) continue;
      // A table's one attribute stands for two tensors.
      const std::string& key = at->second.checkpoint_key;
      for (std::string_view part : {"", "-keys", "-values"}) {
        if (checkpoint_.Contains(key + std::string(part)))
          keys[at->second.name + std::string(part)] = key + std::string(part);
      }
    }
    if (keys.empty()) continue;
    std::vector<Tensor> args, rets;
    for (const auto& [name, key] : keys) {
      SMCLI_ASSIGN_OR_RETURN(Tensor value, checkpoint_.Read(key));
      args.push_back(std::move(value));
    }
    SMCLI_RETURN_IF_ERROR(Call(*function, std::move(args), rets, services, depth));
  }
  return {};
}

}  // namespace smcli
