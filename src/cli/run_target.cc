#include "cli/run_target.h"

#include <fmt/format.h>

#include "base/text.h"
#include "base/utf8.h"
#include "cli/batch_split.h"
#include "cli/function_choice.h"
#include "cli/generated_inputs.h"
#include "cli/model_arguments.h"
#include "exec/memory_limit.h"

namespace smcli {

namespace {

std::vector<std::string_view> KeysOf(const std::vector<TensorSpec>& specs) {
  std::vector<std::string_view> keys;
  for (const TensorSpec& spec : specs) keys.push_back(spec.key);
  return keys;
}

Signature WithOutputs(const Signature& signature, const std::vector<std::string>& keys) {
  Signature out = signature;
  std::erase_if(out.outputs, [&](const TensorSpec& spec) {
    return std::ranges::none_of(
        keys, [&](const std::string& key) { return key == spec.key || key.starts_with(spec.key + '/'); });
  });
  return out;
}

}  // namespace

Result<RunTarget> RunTarget::Open(Env& env, const RunSelection& selection, const InputValues& values,
                                  NumberConversion conversion, const SessionOptions& options) {
  RunTarget target;
  SMCLI_ASSIGN_OR_RETURN(SavedModel model, OpenSavedModel(env, selection.model));
  target.model_ = std::make_unique<SavedModel>(std::move(model));
  SMCLI_RETURN_IF_ERROR(target.model_->Validate());
  SMCLI_ASSIGN_OR_RETURN(const MetaGraph* meta, target.model_->PickMetaGraph(selection.tags));
  const std::string export_dir = target.model_->frozen() ? std::string() : target.model_->directory();
  SMCLI_ASSIGN_OR_RETURN(target.session_, Session::Open(*env.files, *meta, export_dir, options));
  target.watchdog_ = std::make_unique<Watchdog>(*target.session_, selection.timeout_s);
  SMCLI_RETURN_IF_ERROR(WithinMemory([&] { return target.Prepare(*meta, selection, values, conversion); }));
  return target;
}

Status RunTarget::Prepare(const MetaGraph& meta, const RunSelection& selection, const InputValues& values,
                          NumberConversion conversion) {
  if (selection.function) {
    SMCLI_RETURN_IF_ERROR(PrepareFunction(meta, *selection.function, values, conversion));
  } else if (!selection.fetches.empty()) {
    std::vector<std::string> feeds;
    for (const auto& [key, value] : values) feeds.push_back(key);
    SMCLI_ASSIGN_OR_RETURN(entry_, session_->PrepareTensors(feeds, selection.fetches));
    name_ = fmt::format("tensors {}", fmt::join(selection.fetches, ", "));
  } else {
    SMCLI_RETURN_IF_ERROR(PrepareSignature(meta, selection));
  }
  if (!selection.function) {
    inputs_ = entry_->inputs();
    outputs_ = entry_->outputs();
  }
  declared_ = inputs_;
  const Signature* signature = signature_ ? meta.FindSignature(*signature_) : nullptr;
  if (signature) {
    for (const TensorSpec& promised : FlattenSpecs(signature->inputs)) {
      const auto spec = std::ranges::find(declared_, promised.key, &TensorSpec::key);
      if (spec != declared_.end()) spec->shape = Narrower(spec->shape, promised.shape);
    }
  }
  return KeepOutputs(selection.outputs);
}

Status RunTarget::PrepareSignature(const MetaGraph& meta, const RunSelection& selection) {
  if (meta.signatures().empty() && !selection.signature) {
    return UsageError("{} has no signatures; --fetch NODE:0 runs tensors by name, --function PATH functions",
                      meta.place());
  }
  SMCLI_ASSIGN_OR_RETURN(const Signature* signature, meta.PickSignature(selection.signature));
  name_ = fmt::format("signature {}", signature->key);
  signature_ = signature->key;
  if (selection.outputs.empty()) {
    SMCLI_ASSIGN_OR_RETURN(entry_, session_->PrepareSignature(*signature));
    return {};
  }
  // Unknown names are reported by KeepOutputs against all outputs there are.
  const Signature narrowed = WithOutputs(*signature, selection.outputs);
  SMCLI_ASSIGN_OR_RETURN(entry_, session_->PrepareSignature(narrowed.outputs.empty() ? *signature : narrowed));
  return {};
}

Status RunTarget::PrepareFunction(const MetaGraph& meta, const std::string& path, const InputValues& values,
                                  NumberConversion conversion) {
  if (!meta.has_object_graph()) {
    return UsageError("{} has no object graph, so no functions to call by path; --signature runs its signatures",
                      meta.place());
  }
  SMCLI_ASSIGN_OR_RETURN(const ObjectGraph* objects, meta.object_graph());
  SMCLI_ASSIGN_OR_RETURN(const FunctionLibrary* library, meta.functions());
  SMCLI_ASSIGN_OR_RETURN(FunctionChoice choice, ChooseFunction(*objects, *library, path, values, conversion));
  SMCLI_ASSIGN_OR_RETURN(entry_, session_->PrepareFunction(choice.function->name));
  if (entry_->inputs().size() != choice.inputs.size() || entry_->outputs().size() != choice.outputs.size()) {
    return InvalidModelError("function {}: its structure holds {} arguments and {} results, its FunctionDef {} and {}",
                             Quoted(path), choice.inputs.size(), choice.outputs.size(), entry_->inputs().size(),
                             entry_->outputs().size());
  }
  name_ = fmt::format("function {}", path);
  inputs_ = std::move(choice.inputs);
  outputs_ = std::move(choice.outputs);
  function_values_ = std::move(choice.values);
  return {};
}

Status RunTarget::KeepOutputs(const std::vector<std::string>& keys) {
  for (size_t i = 0; i < outputs_.size(); ++i) {
    const std::string& name = outputs_[i].key;
    const bool wanted = keys.empty() || std::ranges::any_of(keys, [&](const std::string& key) {
                          return key == name || name.starts_with(key + '/');
                        });
    if (wanted) kept_.push_back(i);
  }
  for (const std::string& key : keys) {
    const bool known = std::ranges::any_of(
        outputs_, [&](const TensorSpec& spec) { return spec.key == key || spec.key.starts_with(key + '/'); });
    if (!known)
      return UsageError("{} has no output {}{}", Escaped(name_), Quoted(key), Suggestion(key, KeysOf(outputs_)));
  }
  std::vector<TensorSpec> kept;
  for (size_t i : kept_) kept.push_back(outputs_[i]);
  outputs_ = std::move(kept);
  return {};
}

Result<std::vector<Tensor>> RunTarget::Fit(const InputValues& values, NumberConversion conversion,
                                           int64_t part_rows) const {
  const std::vector<TensorSpec> takes = part_rows > 0 ? WithOpenRows(inputs_, part_rows) : inputs_;
  const InputValues& given = function_values_ ? *function_values_ : values;
  std::vector<Tensor> tensors(inputs_.size());
  for (const auto& [key, value] : given) {
    const auto spec = std::ranges::find(inputs_, key, &TensorSpec::key);
    const bool only = key.empty() && inputs_.size() == 1;  // a REST body need not name the only input
    if (spec == inputs_.end() && !only) {
      if (inputs_.empty()) return UsageError("{} takes no inputs, so no {}", Escaped(name_), Quoted(key));
      return UsageError("{} has no input {}{}", Escaped(name_), Quoted(key), Suggestion(key, KeysOf(inputs_)));
    }
    const size_t at = only ? 0 : static_cast<size_t>(spec - inputs_.begin());
    SMCLI_ASSIGN_OR_RETURN(tensors[at], FitInput(value, takes[at], conversion));
  }
  return tensors;
}

std::vector<bool> RunTarget::has_default() const {
  std::vector<bool> out;
  for (size_t i = 0; i < inputs_.size(); ++i) out.push_back(entry_->has_default(i));
  return out;
}

Result<std::vector<Tensor>> RunTarget::Run(std::vector<Tensor> inputs) {
  watchdog_->Restart();
  SMCLI_ASSIGN_OR_RETURN(std::vector<Tensor> outputs, entry_->Run(std::move(inputs)));
  if (kept_.size() == outputs.size()) return outputs;
  std::vector<Tensor> kept;
  for (size_t i : kept_) kept.push_back(std::move(outputs[i]));
  return kept;
}

}  // namespace smcli
