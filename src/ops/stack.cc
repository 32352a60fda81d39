// Stacks of tensors, which V1 while loops keep for their gradients.
#include "ops/op.h"
#include "ops/rows.h"
#include "ops/tensor_list.h"

namespace smcli {
namespace {

class Stack final : public Resource {
 public:
  std::string_view type_name() const override { return "Stack"; }
  std::string name;
  int64_t max_size = -1;
  std::vector<Tensor> items;
};

// (max_size, which V1's Stack has not) -> handle; a new stack at each execution.
class MakeStack final : public Kernel {
 public:
  static Result<MakeStack> Make(const NodeInfo& node) {
    MakeStack kernel;
    kernel.name_ = node.name;
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    auto stack = std::make_shared<Stack>();
    stack->name = name_;
    if (ctx.num_inputs() > 0) {
      SMCLI_ASSIGN_OR_RETURN(stack->max_size, ScalarIndex(ctx, 0, "max_size"));
    }
    ctx.set_output(0, HandleTo(std::move(stack), name_));
    return {};
  }

 private:
  std::string name_;
};

// (handle, elem) -> elem
Status StackPush(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(auto stack, ResourceOf<Stack>(ctx.input(0)));
  if (stack->max_size >= 0 && static_cast<int64_t>(stack->items.size()) >= stack->max_size) {
    return ModelError("Stack[{}] overflowed its max_size ({})", stack->name, stack->max_size);
  }
  stack->items.push_back(ctx.input(1));
  ctx.set_output(0, ctx.TakeInput(1));
  return {};
}

// (handle) -> elem
Status StackPop(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(auto stack, ResourceOf<Stack>(ctx.input(0)));
  if (stack->items.empty()) return ModelError("Stack[{}] is empty when calling Pop().", stack->name);
  ctx.set_output(0, std::move(stack->items.back()));
  stack->items.pop_back();
  return {};
}

Status StackClose(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(auto stack, ResourceOf<Stack>(ctx.input(0)));
  stack->items.clear();
  return {};
}

// The names without V2 are those of V1 graphs, whose handles travel as references to strings.
constexpr Op kOps[] = {
    {.name = "Stack", .types = {}, .make = MakeKernel<MakeStack>, .pure = false},
    {.name = "StackClose", .types = {}, .make = MakeFunctionKernel<StackClose>, .pure = false},
    {.name = "StackCloseV2", .types = {}, .make = MakeFunctionKernel<StackClose>, .pure = false},
    {.name = "StackPop", .types = {}, .make = MakeFunctionKernel<StackPop>, .pure = false},
    {.name = "StackPopV2", .types = {}, .make = MakeFunctionKernel<StackPop>, .pure = false},
    {.name = "StackPush", .types = {}, .make = MakeFunctionKernel<StackPush>, .pure = false},
    {.name = "StackPushV2", .types = {}, .make = MakeFunctionKernel<StackPush>, .pure = false},
    {.name = "StackV2", .types = {}, .make = MakeKernel<MakeStack>, .pure = false},
};

}  // namespace

std::span<const Op> StackOps() { return kOps; }

}  // namespace smcli
