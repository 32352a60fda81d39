// Ops that call functions of the model's library: PartitionedCall, If, Case, While, For and their kin.
#include "ops/function_call.h"

#include "ops/op.h"

namespace smcli {
namespace {

// Inputs [first, end) of the node as call arguments; taken where this node is the last reader.
std::vector<Tensor> TakeArguments(KernelContext& ctx, int first) {
  std::vector<Tensor> args;
  args.reserve(static_cast<size_t>(ctx.num_inputs() - first));
  for (int i = first; i < ctx.num_inputs(); ++i) args.push_back(ctx.TakeInput(i));
  return args;
}

Status CheckArity(const CallableFunction& function, int num_args, int num_rets, std::string_view role) {
  if (function.num_args() == num_args && function.num_rets() == num_rets) return {};
  return InvalidModelError("{} '{}' takes {} arguments and returns {} values, the node passes {} and expects {}", role,
                           function.name(), function.num_args(), function.num_rets(), num_args, num_rets);
}

Result<CallableFunction*> ResolveAttr(const NodeInfo& node, std::string_view attr) {
  SMCLI_ASSIGN_OR_RETURN(const FuncAttr function, node.attrs.Func(attr));
  return node.functions.Resolve(function);
}

Status CallInto(CallableFunction& function, KernelContext& ctx, std::vector<Tensor>& args) {
  std::vector<Tensor> rets;
  SMCLI_RETURN_IF_ERROR(function.Call(ctx.services(), args, rets));
  for (int i = 0; i < ctx.num_outputs(); ++i) ctx.set_output(i, std::move(rets[static_cast<size_t>(i)]));
  return {};
}

// The truth of a condition: a scalar bool or number as it is, a scalar string if not empty, anything else if it has
// elements (TensorFlow: kernels/functional_ops.cc, ToBool).
Result<bool> Truth(const Tensor& condition) {
  if (condition.rank() > 0) return condition.num_elements() > 0;
  if (condition.dtype() == DataType::kBool) return condition.scalar<bool>();
  if (condition.dtype() == DataType::kString) return !condition.scalar<std::string>().empty();
  bool truth = false;
  const bool known = DispatchRealNumbers(condition.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    if constexpr (std::is_integral_v<T>) {
      truth = condition.scalar<T>() != 0;
    } else {
      truth = !(condition.scalar<T>() == T(0.0f));
    }
  });
  if (!known) return ModelError("a condition of type {} is neither true nor false", Name(condition.dtype()));
  return truth;
}

class PartitionedCall final : public Kernel {
 public:
  static Result<PartitionedCall> Make(const NodeInfo& node) {
    SMCLI_ASSIGN_OR_RETURN(CallableFunction * function, ResolveAttr(node, "f"));
    return Of(function, node);
  }
  static Result<PartitionedCall> Of(CallableFunction* function, const NodeInfo& node) {
    PartitionedCall kernel;
    kernel.function_ = function;
    SMCLI_RETURN_IF_ERROR(CheckArity(*function, node.num_inputs(), node.num_outputs(), "function"));
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    auto args = TakeArguments(ctx, 0);
    return CallInto(*function_, ctx, args);
  }

 private:
  CallableFunction* function_ = nullptr;
};

// If takes (cond, args...); Case (branch_index, args...), where an index out of range means the last branch.
class Branch final : public Kernel {
 public:
  static Result<Branch> MakeIf(const NodeInfo& node) {
    Branch kernel;
    kernel.is_if_ = true;
    for (std::string_view attr : {"else_branch", "then_branch"}) {
      SMCLI_ASSIGN_OR_RETURN(CallableFunction * branch, ResolveAttr(node, attr));
      SMCLI_RETURN_IF_ERROR(kernel.Add(branch, node));
    }
    return kernel;
  }
  static Result<Branch> MakeCase(const NodeInfo& node) {
    Branch kernel;
    SMCLI_ASSIGN_OR_RETURN(const std::vector<FuncAttr> branches, node.attrs.Funcs("branches"));
    if (branches.empty()) return InvalidModelError("a Case without branches");
    for (const FuncAttr& function : branches) {
      SMCLI_ASSIGN_OR_RETURN(CallableFunction * branch, node.functions.Resolve(function));
      SMCLI_RETURN_IF_ERROR(kernel.Add(branch, node));
    }
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    SMCLI_ASSIGN_OR_RETURN(const size_t index, Choose(ctx.input(0)));
    auto args = TakeArguments(ctx, 1);
    return CallInto(*branches_[index], ctx, args);
  }

 private:
  Status Add(CallableFunction* branch, const NodeInfo& node) {
    branches_.push_back(branch);
    return CheckArity(*branch, node.num_inputs() - 1, node.num_outputs(), "branch");
  }
  Result<size_t> Choose(const Tensor& selector) const {
    if (is_if_) {
      SMCLI_ASSIGN_OR_RETURN(const bool truth, Truth(selector));
      return truth ? 1u : 0u;
    }
    if (selector.num_elements() != 1)
      return ModelError("branch_index must be a scalar, got {}", selector.shape().ToString());
    const auto index = static_cast<uint32_t>(selector.scalar<int32_t>());
    return std::min<size_t>(index, branches_.size() - 1);
  }

  bool is_if_ = false;
  std::vector<CallableFunction*> branches_;
};

Result<std::unique_ptr<Kernel>> MakeIf(const NodeInfo& node) {
  SMCLI_ASSIGN_OR_RETURN(Branch kernel, Branch::MakeIf(node));
  return std::unique_ptr<Kernel>(new Branch(std::move(kernel)));
}
Result<std::unique_ptr<Kernel>> MakeCase(const NodeInfo& node) {
  SMCLI_ASSIGN_OR_RETURN(Branch kernel, Branch::MakeCase(node));
  return std::unique_ptr<Kernel>(new Branch(std::move(kernel)));
}

class While final : public Kernel {
 public:
  static Result<While> Make(const NodeInfo& node) {
    While kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.cond_, ResolveAttr(node, "cond"));
    SMCLI_ASSIGN_OR_RETURN(kernel.body_, ResolveAttr(node, "body"));
    SMCLI_RETURN_IF_ERROR(CheckArity(*kernel.cond_, node.num_inputs(), 1, "loop condition"));
    SMCLI_RETURN_IF_ERROR(CheckArity(*kernel.body_, node.num_inputs(), node.num_outputs(), "loop body"));
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    std::vector<Tensor> state = TakeArguments(ctx, 0);
    std::vector<Tensor> scratch, rets;
    while (true) {
      scratch.assign(state.begin(), state.end());
      SMCLI_RETURN_IF_ERROR(cond_->Call(ctx.services(), scratch, rets));
      SMCLI_ASSIGN_OR_RETURN(const bool more, Truth(rets[0]));
      scratch.clear();  // the state must be ours alone, so that the body can work in place
      if (!more) break;
      SMCLI_RETURN_IF_ERROR(body_->Call(ctx.services(), state, rets));
      std::swap(state, rets);
    }
    for (int i = 0; i < ctx.num_outputs(); ++i) ctx.set_output(i, std::move(state[static_cast<size_t>(i)]));
    return {};
  }

 private:
  CallableFunction* cond_ = nullptr;
  CallableFunction* body_ = nullptr;
};

// For (start, limit, delta, state...): body(i, state...) for i in range(start, limit, delta).
class For final : public Kernel {
 public:
  static Result<For> Make(const NodeInfo& node) {
    For kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.body_, ResolveAttr(node, "body"));
    SMCLI_RETURN_IF_ERROR(CheckArity(*kernel.body_, node.num_inputs() - 2, node.num_outputs(), "loop body"));
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    for (int i = 0; i < 3; ++i) {
      if (ctx.input(i).num_elements() != 1) return ModelError("start, limit and delta must be scalars");
    }
    const int64_t start = ctx.input(0).scalar<int32_t>(), limit = ctx.input(1).scalar<int32_t>(),
                  delta = ctx.input(2).scalar<int32_t>();
    if (delta == 0 || (delta > 0 && start > limit) || (delta < 0 && start < limit)) {
      return ModelError("no range from {} to {} in steps of {}", start, limit, delta);
    }
    std::vector<Tensor> state = TakeArguments(ctx, 3), args, rets;
    for (int64_t i = start; delta > 0 ? i < limit : i > limit; i += delta) {
      args.clear();
      args.push_back(Tensor::Scalar(static_cast<int32_t>(i)));
      std::ranges::move(state, std::back_inserter(args));
      SMCLI_RETURN_IF_ERROR(body_->Call(ctx.services(), args, rets));
      std::swap(state, rets);
    }
    for (int i = 0; i < ctx.num_outputs(); ++i) ctx.set_output(i, std::move(state[static_cast<size_t>(i)]));
    return {};
  }

 private:
  CallableFunction* body_ = nullptr;
};

Status ToBool(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(const bool truth, Truth(ctx.input(0)));
  ctx.set_output(0, Tensor::Scalar<bool>(truth));
  return {};
}

// DeviceIndex: which of the names is the device that it runs on, a CPU; their number if none is. Keras 2's recurrent
// layers choose their branch by it.
class DeviceIndex final : public Kernel {
 public:
  static Result<DeviceIndex> Make(const NodeInfo& node) {
    SMCLI_ASSIGN_OR_RETURN(const std::vector<std::string> names, node.attrs.Strings("device_names"));
    DeviceIndex kernel;
    kernel.index_ = static_cast<int32_t>(std::ranges::find(names, "CPU") - names.begin());
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    ctx.set_output(0, Tensor::Scalar(index_));
    return {};
  }

 private:
  int32_t index_ = 0;
};

constexpr Op kOps[] = {
    {.name = "BatchFunction", .types = {}, .make = MakeKernel<PartitionedCall>, .pure = false},
    {.name = "Case", .types = {}, .make = MakeCase, .pure = false},
    {.name = "DeviceIndex", .types = {}, .make = MakeKernel<DeviceIndex>},
    {.name = "For", .types = {}, .make = MakeKernel<For>, .pure = false},
    {.name = "If", .types = {}, .make = MakeIf, .pure = false},
    {.name = "PartitionedCall", .types = {}, .make = MakeKernel<PartitionedCall>, .pure = false},
    {.name = "StatefulPartitionedCall", .types = {}, .make = MakeKernel<PartitionedCall>, .pure = false},
    {.name = "StatelessCase", .types = {}, .make = MakeCase, .pure = false},
    {.name = "StatelessIf", .types = {}, .make = MakeIf, .pure = false},
    {.name = "StatelessWhile", .types = {}, .make = MakeKernel<While>, .pure = false},
    {.name = "ToBool", .types = {}, .make = MakeFunctionKernel<ToBool>},
    {.name = "While", .types = {}, .make = MakeKernel<While>, .pure = false},
    {.name = "XlaWhile", .types = {}, .make = MakeKernel<While>, .pure = false},
};

}  // namespace

std::span<const Op> FunctionCallOps() { return kOps; }

Result<std::unique_ptr<Kernel>> MakeDirectCall(CallableFunction* function, const NodeInfo& node) {
  SMCLI_ASSIGN_OR_RETURN(PartitionedCall kernel, PartitionedCall::Of(function, node));
  return std::unique_ptr<Kernel>(new PartitionedCall(std::move(kernel)));
}

}  // namespace smcli
