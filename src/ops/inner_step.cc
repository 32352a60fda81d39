#include "ops/inner_step.h"

namespace smcli {

Status InnerStep::Run(std::string_view function, Tensor* slots, std::span<const uint32_t> inputs, Tensor* output,
                      RunServices& services) const {
  KernelContext inner(slots, inputs, std::span(output, 1), services);
  if (services.monitor == nullptr) return kernel->Compute(inner);
  services.monitor->Begin(function, node, op);
  Status status = kernel->Compute(inner);
  services.monitor->End(status.ok() ? std::span<const Tensor>(output, 1) : std::span<const Tensor>());
  return status;
}

Error InnerStep::Annotated(Error error) const {
  return std::move(error).Annotate(fmt::format("node '{}' (op {})", node, op));
}

}  // namespace smcli
