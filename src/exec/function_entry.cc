#include "exec/function_entry.h"

#include "exec/state_changes.h"

namespace smcli {

Status FunctionEntry::Prepare(const ConcreteFunction& function) {
  SMCLI_ASSIGN_OR_RETURN(ObjectValues * objects, state_.Objects());
  if (objects == nullptr)
    return InvalidModelError("function '{}': there are no objects that could hold it", function.name);
  SMCLI_ASSIGN_OR_RETURN(function_, objects->Resolve(function));
  RunServices services = state_.Services();
  services.monitor = nullptr;
  MissingSupport missing;
  SMCLI_RETURN_IF_ERROR(state_.functions.PrepareAll(missing, state_.options.fold_constants ? &services : nullptr));
  if (!missing.empty()) return missing.ToError();
  SMCLI_ASSIGN_OR_RETURN(captures_, objects->Captures(function, services));
  return Describe(function);
}

void FunctionEntry::Rename(std::vector<TensorSpec> inputs, std::vector<TensorSpec> outputs,
                           std::vector<Tensor> defaults) {
  inputs_ = std::move(inputs);
  outputs_ = std::move(outputs);
  defaults_ = std::move(defaults);
}

Status FunctionEntry::Describe(const ConcreteFunction& function) {
  SMCLI_ASSIGN_OR_RETURN(const FunctionLibrary* library, state_.meta.functions());
  SMCLI_ASSIGN_OR_RETURN(const Function* definition, library->Get(function.name));
  const OpSchema& schema = definition->signature();
  if (static_cast<size_t>(function_->num_args()) != schema.inputs.size() || captures_.size() > schema.inputs.size()) {
    return InvalidModelError("CaptureMismatch: function '{}' takes {} arguments and captures {}", function.name,
                             function_->num_args(), captures_.size());
  }
  for (size_t i = 0; i + captures_.size() < schema.inputs.size(); ++i) {
    TensorSpec spec;
    spec.key = schema.inputs[i].name;
    spec.encoding = TensorSpec::Encoding::kDense;
    spec.dtype = schema.inputs[i].type;
    if (i < definition->args().size() && definition->args()[i].shape) spec.shape = *definition->args()[i].shape;
    inputs_.push_back(std::move(spec));
  }
  for (const ArgSchema& arg : schema.outputs) {
    TensorSpec spec;
    spec.key = arg.name;
    spec.encoding = TensorSpec::Encoding::kDense;
    spec.dtype = arg.type;
    outputs_.push_back(std::move(spec));
  }
  return {};
}

bool FunctionEntry::changes_state() const { return ChangesState(function_->name(), state_.functions); }

Status FunctionEntry::RunPlan(RunServices& services, std::vector<Tensor> inputs, std::vector<Tensor>& outputs) {
  inputs.insert(inputs.end(), captures_.begin(), captures_.end());
  return function_->Call(services, inputs, outputs);
}

}  // namespace smcli
