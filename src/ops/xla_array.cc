// XlaPad; and the ops of XLA that matter to its compiler and here hand their inputs on.
#include "ops/idle.h"
#include "ops/interior_padding.h"
#include "ops/op.h"

namespace smcli {
namespace {

// (input, padding_value, padding_low, padding_high, padding_interior)
Status Pad(KernelContext& ctx) {
  const Tensor& value = ctx.input(1);
  if (!value.shape().scalar()) return ModelError("padding_value must be a scalar: {}", value.shape().ToString());
  InteriorPadding padding;
  SMCLI_ASSIGN_OR_RETURN(padding.low, VectorInts(ctx.input(2), "padding_low"));
  SMCLI_ASSIGN_OR_RETURN(padding.high, VectorInts(ctx.input(3), "padding_high"));
  SMCLI_ASSIGN_OR_RETURN(padding.interior, VectorInts(ctx.input(4), "padding_interior"));
  SMCLI_ASSIGN_OR_RETURN(Tensor padded, PadInterior(ctx.pool(), ctx.input(0), value, padding));
  ctx.set_output(0, std::move(padded));
  return {};
}

constexpr Op kOps[] = {
    {.name = "XlaOptimizationBarrier", .types = {}, .make = MakeFunctionKernel<PassOn>},
    {.name = "XlaPad", .types = {}, .make = MakeFunctionKernel<Pad>},
    {.name = "XlaSharding", .types = {}, .make = MakeFunctionKernel<PassOn>},
};

}  // namespace

std::span<const Op> XlaArrayOps() { return kOps; }

}  // namespace smcli
