// Variables: VarHandleOp and its readers and writers, and the V1 reference forms. A reference travels as a scalar
// DT_RESOURCE tensor too; the executor reads it where a consumer wants the value (Plan::Build inserts the read).
#include "ops/arithmetic.h"
#include "ops/idle.h"
#include "ops/int_args.h"
#include "ops/op.h"

namespace smcli {
namespace {

// The shared_name that asks for a new variable at each execution (TensorFlow: resource_handle.h, kAnonymousName).
constexpr std::string_view kAnonymousName = "cd2c89b7-88b7-44c8-ad83-06c2a9158347";

class VariableHandle final : public Kernel {
 public:
  static Result<VariableHandle> Make(const NodeInfo& node) {
    VariableHandle kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.dtype_, node.attrs.Type("dtype"));
    SMCLI_ASSIGN_OR_RETURN(kernel.shape_, node.attrs.Shape("shape"));
    SMCLI_ASSIGN_OR_RETURN(kernel.container_, node.attrs.String("container"));
    SMCLI_ASSIGN_OR_RETURN(kernel.name_, node.attrs.String("shared_name"));
    if (kernel.name_.empty()) kernel.name_ = node.name;
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    auto make = [this] { return std::make_shared<Variable>(name_, dtype_, shape_); };
    if (name_ == kAnonymousName) {
      ctx.set_output(0, HandleTo(make(), name_));
      return {};
    }
    SMCLI_ASSIGN_OR_RETURN(auto variable, ctx.resources().LookupOrCreate<Variable>(container_, name_, make));
    if (variable->dtype() != dtype_) {
      return ModelError("variable '{}' is of type {}, not {}", name_, Name(variable->dtype()), Name(dtype_));
    }
    ctx.set_output(0, HandleTo(std::move(variable), name_));
    return {};
  }

 private:
  DataType dtype_ = DataType::kInvalid;
  PartialShape shape_;
  std::string container_, name_;
};

// TemporaryVariable: a variable for one execution. Its memory is not initialised in TensorFlow; here it holds nothing.
class TemporaryVariable final : public Kernel {
 public:
  static Result<TemporaryVariable> Make(const NodeInfo& node) {
    TemporaryVariable kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.dtype_, node.attrs.Type("dtype"));
    SMCLI_ASSIGN_OR_RETURN(kernel.shape_, node.attrs.Shape("shape"));
    SMCLI_ASSIGN_OR_RETURN(kernel.name_, node.attrs.String("var_name"));
    if (kernel.name_.empty()) kernel.name_ = node.name;
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    ctx.set_output(0, HandleTo(std::make_shared<Variable>(name_, dtype_, shape_), name_));
    return {};
  }

 private:
  DataType dtype_ = DataType::kInvalid;
  PartialShape shape_;
  std::string name_;
};

// A destroyed variable reads as one that was never assigned. Other resources go with the model.
class DestroyResource final : public Kernel {
 public:
  static Result<DestroyResource> Make(const NodeInfo& node) {
    DestroyResource kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.may_be_absent_, node.attrs.Bool("ignore_lookup_error"));
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const auto variable = ResourceOf<Variable>(ctx.input(0));
    if (!variable.ok()) return {};
    if (!may_be_absent_ && !(*variable)->initialized())
      return ModelError("resource '{}' does not exist", (*variable)->name());
    (*variable)->Forget();
    return {};
  }

 private:
  bool may_be_absent_ = true;
};

class ReadVariable final : public Kernel {
 public:
  static Result<ReadVariable> Make(const NodeInfo& node) {
    ReadVariable kernel;
    kernel.dtype_ = node.output_types[0];
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    SMCLI_ASSIGN_OR_RETURN(auto variable, ResourceOf<Variable>(ctx.input(0)));
    SMCLI_ASSIGN_OR_RETURN(Tensor value, variable->Read());
    if (value.dtype() != dtype_) {
      return ModelError("Trying to read variable with wrong dtype. Expected {} got {}", Name(dtype_),
                        Name(value.dtype()));
    }
    ctx.set_output(0, std::move(value));
    return {};
  }

 private:
  DataType dtype_ = DataType::kInvalid;
};

class AssignVariable final : public Kernel {
 public:
  static Result<AssignVariable> Make(const NodeInfo& node) {
    AssignVariable kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.validate_shape_, node.attrs.Bool("validate_shape"));
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    SMCLI_ASSIGN_OR_RETURN(auto variable, ResourceOf<Variable>(ctx.input(0)));
    const Tensor& value = ctx.input(1);
    if (value.dtype() != variable->dtype()) {
      return ModelError("Trying to assign variable with wrong dtype. Expected {} got {}", Name(variable->dtype()),
                        Name(value.dtype()));
    }
    if (validate_shape_ && variable->initialized()) {
      // With the value it has now; the shape of its handle is not looked at (kernels/resource_variable_ops.cc).
      SMCLI_ASSIGN_OR_RETURN(const Tensor before, variable->Read());
      if (!(before.shape() == value.shape())) {
        return ModelError("Trying to assign to variable with tensor with wrong shape. Expected {} got {}",
                          before.shape().ToString(), value.shape().ToString());
      }
    }
    variable->Assign(ctx.TakeInput(1));
    return {};
  }

 private:
  bool validate_shape_ = false;
};

// Assign: the V1 form. validate_shape (on by default) compares with the shape the variable has now.
class AssignRef final : public Kernel {
 public:
  static Result<AssignRef> Make(const NodeInfo& node) {
    AssignRef kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.validate_shape_, node.attrs.Bool("validate_shape"));
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    SMCLI_ASSIGN_OR_RETURN(auto variable, ResourceOf<Variable>(ctx.input(0)));
    const Tensor& value = ctx.input(1);
    if (validate_shape_ && !variable->shape().Accepts(value.shape())) {
      return ModelError("Assign requires shapes of both tensors to match. lhs shape= {} rhs shape= {}",
                        variable->shape().ToString(), value.shape().ToString());
    }
    variable->Assign(ctx.TakeInput(1));
    ctx.set_output(0, ctx.input(0));
    return {};
  }

 private:
  bool validate_shape_ = true;
};

template <typename F>
Status UpdateInPlace(Variable& variable, const Tensor& operand, F&& f) {
  SMCLI_ASSIGN_OR_RETURN(Tensor * value, variable.Mutable());
  if (value->dtype() != operand.dtype() || !(value->shape() == operand.shape())) {
    return ModelError("Cannot update variable with shape {} using a Tensor with shape {}, shapes must be equal.",
                      value->shape().ToString(), operand.shape().ToString());
  }
  const bool known = DispatchNumbers(value->dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    T* to = value->mutable_data<T>();
    const T* from = operand.data<T>();
    const int64_t count = value->num_elements();
    for (int64_t i = 0; i < count; ++i) to[i] = f(to[i], from[i]);
  });
  if (!known) return UnsupportedError("a variable of type {} has no arithmetic", Name(value->dtype()));
  return {};
}

struct Add {
  template <typename T>
  T operator()(T a, T b) const {
    return Plus(a, b);
  }
};
struct Subtract {
  template <typename T>
  T operator()(T a, T b) const {
    return Minus(a, b);
  }
};

// (variable, delta): resource forms have no output, reference forms pass the reference on.
template <typename F>
Status Update(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(auto variable, ResourceOf<Variable>(ctx.input(0)));
  SMCLI_RETURN_IF_ERROR(UpdateInPlace(*variable, ctx.input(1), F{}));
  if (ctx.num_outputs() == 1) ctx.set_output(0, ctx.input(0));
  return {};
}

Status IsInitialized(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(auto variable, ResourceOf<Variable>(ctx.input(0)));
  ctx.set_output(0, Tensor::Scalar<bool>(variable->initialized()));
  return {};
}

// Counts up, and answers with what it was; at the limit it refuses, which ends a V1 training loop.
class CountUpTo final : public Kernel {
 public:
  static Result<CountUpTo> Make(const NodeInfo& node) {
    CountUpTo kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.limit_, node.attrs.Int("limit"));
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    SMCLI_ASSIGN_OR_RETURN(auto variable, ResourceOf<Variable>(ctx.input(0)));
    SMCLI_ASSIGN_OR_RETURN(Tensor before, variable->Read());
    SMCLI_ASSIGN_OR_RETURN(const int64_t count, ScalarInt(before, "the count"));
    if (count >= limit_) return ModelError("Reached limit of {}", limit_);
    SMCLI_ASSIGN_OR_RETURN(Tensor after, IntScalar(before.dtype(), count + 1));
    variable->Assign(std::move(after));
    ctx.set_output(0, std::move(before));
    return {};
  }

 private:
  int64_t limit_ = 0;
};

class VariableShape final : public Kernel {
 public:
  static Result<VariableShape> Make(const NodeInfo& node) {
    VariableShape kernel;
    kernel.out_type_ = node.output_types[0];
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    SMCLI_ASSIGN_OR_RETURN(auto variable, ResourceOf<Variable>(ctx.input(0)));
    SMCLI_ASSIGN_OR_RETURN(Tensor value, variable->Read());
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, out_type_, Shape{value.rank()}));
    for (int i = 0; i < value.rank(); ++i) {
      if (out_type_ == DataType::kInt32) {
        out->mutable_data<int32_t>()[i] = static_cast<int32_t>(value.dim(i));
      } else {
        out->mutable_data<int64_t>()[i] = value.dim(i);
      }
    }
    return {};
  }

 private:
  DataType out_type_ = DataType::kInt32;
};

// A handle's resource lives as long as somebody refers to it, so there is nothing to destroy by hand.
constexpr Op kOps[] = {
    {.name = "Assign", .types = {}, .make = MakeKernel<AssignRef>, .pure = false},
    {.name = "AssignAdd", .types = {{{"T", kNumbers}}}, .make = MakeFunctionKernel<Update<Add>>, .pure = false},
    {.name = "AssignAddVariableOp",
     .types = {{{"dtype", kNumbers}}},
     .make = MakeFunctionKernel<Update<Add>>,
     .pure = false},
    {.name = "AssignSub", .types = {{{"T", kNumbers}}}, .make = MakeFunctionKernel<Update<Subtract>>, .pure = false},
    {.name = "AssignSubVariableOp",
     .types = {{{"dtype", kNumbers}}},
     .make = MakeFunctionKernel<Update<Subtract>>,
     .pure = false},
    {.name = "AssignVariableOp", .types = {}, .make = MakeKernel<AssignVariable>, .pure = false},
    {.name = "CountUpTo", .types = {{{"T", kIndexTypes}}}, .make = MakeKernel<CountUpTo>, .pure = false},
    {.name = "DestroyResourceOp", .types = {}, .make = MakeKernel<DestroyResource>, .pure = false},
    // Gives the last value; the variable ends with its last handle.
    {.name = "DestroyTemporaryVariable", .types = {}, .make = MakeKernel<ReadVariable>, .pure = false},
    {.name = "DisableCopyOnRead", .types = {}, .make = MakeFunctionKernel<DoNothing>, .pure = false},
    {.name = "IsVariableInitialized", .types = {}, .make = MakeFunctionKernel<IsInitialized>, .pure = false},
    {.name = "ReadVariableOp", .types = {}, .make = MakeKernel<ReadVariable>, .pure = false},
    {.name = "ResourceCountUpTo", .types = {{{"T", kIndexTypes}}}, .make = MakeKernel<CountUpTo>, .pure = false},
    {.name = "TemporaryVariable", .types = {}, .make = MakeKernel<TemporaryVariable>, .pure = false},
    {.name = "VarHandleOp", .types = {}, .make = MakeKernel<VariableHandle>, .pure = false},
    {.name = "VarIsInitializedOp", .types = {}, .make = MakeFunctionKernel<IsInitialized>, .pure = false},
    {.name = "Variable", .types = {}, .make = MakeKernel<VariableHandle>, .pure = false},
    {.name = "VariableShape", .types = {}, .make = MakeKernel<VariableShape>, .pure = false},
    {.name = "VariableV2", .types = {}, .make = MakeKernel<VariableHandle>, .pure = false},
};

}  // namespace

std::span<const Op> VariableOps() { return kOps; }

}  // namespace smcli
