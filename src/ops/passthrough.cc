// Ops that matter to training or to other devices and here hand their inputs on.
#include "ops/op.h"

namespace smcli {
namespace {

Status Pass(KernelContext& ctx) {
  for (int i = 0; i < ctx.num_outputs(); ++i) ctx.set_output(i, ctx.TakeInput(i));
  return {};
}

constexpr Op kOps[] = {
    {.name = "DeepCopy", .types = {}, .make = MakeFunctionKernel<Pass>},
    {.name = "GuaranteeConst", .types = {}, .make = MakeFunctionKernel<Pass>},
    {.name = "IdentityN", .types = {}, .make = MakeFunctionKernel<Pass>},
    {.name = "PreventGradient", .types = {}, .make = MakeFunctionKernel<Pass>},
    {.name = "Snapshot", .types = {}, .make = MakeFunctionKernel<Pass>},
    {.name = "StopGradient", .types = {}, .make = MakeFunctionKernel<Pass>},
};

}  // namespace

std::span<const Op> PassthroughOps() { return kOps; }

}  // namespace smcli
