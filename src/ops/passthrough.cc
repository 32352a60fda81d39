// Ops that matter to training or to other devices and here hand their inputs on.
#include "ops/idle.h"
#include "ops/op.h"

namespace smcli {
namespace {

constexpr Op kOps[] = {
    {.name = "DeepCopy", .types = {}, .make = MakeFunctionKernel<PassOn>},
    {.name = "GuaranteeConst", .types = {}, .make = MakeFunctionKernel<PassOn>},
    {.name = "IdentityN", .types = {}, .make = MakeFunctionKernel<PassOn>},
    {.name = "PreventGradient", .types = {}, .make = MakeFunctionKernel<PassOn>},
    {.name = "Snapshot", .types = {}, .make = MakeFunctionKernel<PassOn>},
    {.name = "StopGradient", .types = {}, .make = MakeFunctionKernel<PassOn>},
};

}  // namespace

std::span<const Op> PassthroughOps() { return kOps; }

}  // namespace smcli
