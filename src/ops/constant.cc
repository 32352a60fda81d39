// Const, Identity, placeholders and the other nodes that compute nothing.
#include "ops/idle.h"
#include "ops/op.h"

namespace smcli {
namespace {

class Const final : public Kernel {
 public:
  static Result<Const> Make(const NodeInfo& node) {
    Const kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.value_, node.attrs.Tensor("value"));
    if (kernel.value_.dtype() != node.output_types[0]) {
      return InvalidModelError("the constant holds {}, its dtype says {}", Name(kernel.value_.dtype()),
                               Name(node.output_types[0]));
    }
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    ctx.set_output(0, value_);
    return {};
  }

 private:
  Tensor value_;
};

class Placeholder final : public Kernel {
 public:
  static Result<Placeholder> Make(const NodeInfo&) { return Placeholder{}; }
  Status Compute(KernelContext&) const override {
    return ModelError("You must feed a value for this placeholder: it is an input that was not given");
  }
};

// An output that no branch taken will read (TensorFlow: FakeParam).
class FakeParam final : public Kernel {
 public:
  static Result<FakeParam> Make(const NodeInfo& node) {
    FakeParam kernel;
    kernel.dtype_ = node.output_types[0];
    SMCLI_ASSIGN_OR_RETURN(const PartialShape shape, node.attrs.Shape("shape"));
    kernel.shape_ = shape.ToShape().value_or(Shape{0});
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, dtype_, shape_));
    if (SizeOf(dtype_) > 0 && out->num_bytes() > 0) std::memset(out->mutable_raw_data(), 0, out->num_bytes());
    return {};
  }

 private:
  DataType dtype_ = DataType::kInvalid;
  Shape shape_;
};

constexpr Op kOps[] = {
    {.name = "Const", .types = {}, .make = MakeKernel<Const>},
    {.name = "FakeParam", .types = {}, .make = MakeKernel<FakeParam>},
    {.name = "Identity", .types = {}, .make = MakeFunctionKernel<PassOn>},
    {.name = "NoOp", .types = {}, .make = MakeFunctionKernel<DoNothing>},
    {.name = "Placeholder", .types = {}, .make = MakeKernel<Placeholder>, .pure = false},
    {.name = "PlaceholderV2", .types = {}, .make = MakeKernel<Placeholder>, .pure = false},
    {.name = "PlaceholderWithDefault", .types = {}, .make = MakeFunctionKernel<PassOn>, .pure = false},
};

}  // namespace

std::span<const Op> ConstantOps() { return kOps; }

}  // namespace smcli
