#include "ops/inner_step.h"

#include <fmt/format.h>

namespace smcli {

Status InnerStep::Run(std::string_view function, Tensor* slots, std::span<const uint32_t> inputs, Tensor* output,
                      RunServices& services) const {
  KernelContext inner(slots, inputs, std::span(output, 1), services);
  RunMonitor* monitor = services.monitor;
  if (monitor != nullptr) monitor->Begin(function, node, op);
  Status status = kernel->Compute(inner);
  if (monitor != nullptr) monitor->End(status.ok() ? std::span<const Tensor>(output, 1) : std::span<const Tensor>());
  if (!status.ok()) return AtNode(std::move(status).error(), function, node, op);
  return status;
}

Error AtNode(Error error, std::string_view function, std::string_view node, std::string_view op) {
  // Hundreds of nested calls: the outermost and the innermost say enough.
  constexpr size_t kLongest = 1200, kKept = 600;
  if (error.message().size() > kLongest) {
    const size_t from = error.message().find("node '", error.message().size() - kKept);
    error = Error(error.kind(),
                  "...: " + error.message().substr(from == std::string::npos ? error.message().size() - kKept : from));
  }
  if (!function.empty())
    return std::move(error).Annotate(fmt::format("node '{}' (op {}) in function '{}'", node, op, function));
  // Who reads attributes has said it already.
  if (error.message().starts_with(fmt::format("node '{}' ({})", node, op))) return error;
  return std::move(error).Annotate(fmt::format("node '{}' (op {})", node, op));
}

}  // namespace smcli
