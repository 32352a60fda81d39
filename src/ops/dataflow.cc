// V1 control flow. An output without a value is dead; which frame and iteration a value belongs to is the business of
// exec/dataflow.cc, so Enter, Exit and NextIteration only pass values on here.
#include "ops/idle.h"
#include "ops/op.h"

namespace smcli {
namespace {

// (data, pred) -> (output_false, output_true)
Status Switch(KernelContext& ctx) {
  const Tensor& pred = ctx.input(1);
  if (pred.dtype() != DataType::kBool || pred.num_elements() != 1) {
    return ModelError("pred must be a scalar bool, got {} {}", Name(pred.dtype()), pred.shape().ToString());
  }
  const int alive = pred.scalar<bool>() ? 1 : 0;
  ctx.set_output(alive, ctx.TakeInput(0));
  return {};
}

// (data, output_index) -> N outputs, of which one is alive; an index out of range means the last.
Status SwitchN(KernelContext& ctx) {
  const Tensor& index = ctx.input(1);
  if (index.num_elements() != 1) return ModelError("output_index must be a scalar, got {}", index.shape().ToString());
  const auto wanted = static_cast<uint32_t>(index.scalar<int32_t>());
  const int alive = static_cast<int>(std::min<uint32_t>(wanted, static_cast<uint32_t>(ctx.num_outputs() - 1)));
  ctx.set_output(alive, ctx.TakeInput(0));
  return {};
}

// Inputs without a value are dead; the executor calls this once at least one is alive.
Status Merge(KernelContext& ctx) {
  for (int i = 0; i < ctx.num_inputs(); ++i) {
    if (!ctx.input(i).has_value()) continue;
    ctx.set_output(0, ctx.TakeInput(i));
    ctx.set_output(1, Tensor::Scalar(static_cast<int32_t>(i)));
    return {};
  }
  return InternalError("Merge ran without a live input");
}

// RefSelect (index, inputs...): the chosen reference.
Status RefSelect(KernelContext& ctx) {
  const Tensor& index = ctx.input(0);
  if (index.num_elements() != 1) return ModelError("index must be a scalar, got {}", index.shape().ToString());
  const int32_t wanted = index.scalar<int32_t>();
  if (wanted < 0 || wanted >= ctx.num_inputs() - 1) {
    return ModelError("index {} is not in [0, {})", wanted, ctx.num_inputs() - 1);
  }
  ctx.set_output(0, ctx.input(wanted + 1));
  return {};
}

constexpr Op kOps[] = {
    {.name = "ControlTrigger", .types = {}, .make = MakeFunctionKernel<DoNothing>, .pure = false},
    {.name = "Enter", .types = {}, .make = MakeFunctionKernel<PassOn>, .pure = false},
    {.name = "Exit", .types = {}, .make = MakeFunctionKernel<PassOn>, .pure = false},
    {.name = "LoopCond", .types = {}, .make = MakeFunctionKernel<PassOn>, .pure = false},
    {.name = "Merge", .types = {}, .make = MakeFunctionKernel<Merge>, .pure = false},
    {.name = "NextIteration", .types = {}, .make = MakeFunctionKernel<PassOn>, .pure = false},
    {.name = "RefEnter", .types = {}, .make = MakeFunctionKernel<PassOn>, .pure = false},
    {.name = "RefExit", .types = {}, .make = MakeFunctionKernel<PassOn>, .pure = false},
    {.name = "RefIdentity", .types = {}, .make = MakeFunctionKernel<PassOn>, .pure = false},
    {.name = "RefMerge", .types = {}, .make = MakeFunctionKernel<Merge>, .pure = false},
    {.name = "RefNextIteration", .types = {}, .make = MakeFunctionKernel<PassOn>, .pure = false},
    {.name = "RefSelect", .types = {}, .make = MakeFunctionKernel<RefSelect>, .pure = false},
    {.name = "RefSwitch", .types = {}, .make = MakeFunctionKernel<Switch>, .pure = false},
    {.name = "Switch", .types = {}, .make = MakeFunctionKernel<Switch>, .pure = false},
    {.name = "_SwitchN", .types = {}, .make = MakeFunctionKernel<SwitchN>, .pure = false},
};

}  // namespace

std::span<const Op> DataflowOps() { return kOps; }

}  // namespace smcli
