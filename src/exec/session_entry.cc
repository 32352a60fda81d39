#include "exec/session_entry.h"

#include "base/denormals.h"
#include "base/utf8.h"
#include "exec/memory_limit.h"

namespace smcli {
namespace {

Status CheckInput(const TensorSpec& spec, const Tensor& value) {
  if (spec.dtype != DataType::kInvalid && value.dtype() != spec.dtype) {
    return UsageError("input '{}' takes {}, got {}", spec.key, Name(spec.dtype), Name(value.dtype()));
  }
  if (!spec.shape.Accepts(value.shape())) {
    return UsageError("input '{}' has shape {}, got {}", spec.key, spec.shape.ToString(), value.shape().ToString());
  }
  return {};
}

}  // namespace

Result<std::vector<Tensor>> SessionEntry::Run(std::vector<Tensor> inputs) {
  inputs.resize(inputs_.size());
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (!inputs[i].has_value()) inputs[i] = defaults_.size() > i ? defaults_[i] : Tensor();
    if (inputs[i].has_value()) {
      SMCLI_RETURN_IF_ERROR(CheckInput(inputs_[i], inputs[i]));
    } else if (!MayBeAbsent()) {
      return NotGiven(inputs_[i]);
    }
  }
  const DenormalsAreZero denormals;
  RunServices services = state_.Services();
  std::vector<Tensor> outputs;
  Status status = WithinMemory([&] { return RunPlan(services, std::move(inputs), outputs); });
  if (!status.ok() && state_.cancelled) {
    std::lock_guard lock(state_.reason_mutex);
    return ModelError("cancelled: {}", state_.cancel_reason);
  }
  SMCLI_RETURN_IF_ERROR(std::move(status));
  return outputs;
}

Error SessionEntry::NotGiven(const TensorSpec& input) {
  return UsageError("input {} was not given and has no default; --inputs gives it, --random makes it up",
                    Quoted(input.key));
}

}  // namespace smcli
