// BiasAdd and BiasAddV1: a vector added along the channels; and BiasAddGrad, the sum of all that is not channels.
#include "ops/elementwise.h"
#include "ops/reduction.h"
#include "ops/through_float.h"

namespace smcli {
namespace {

class BiasAdd final : public Kernel {
 public:
  static Result<BiasAdd> Make(const NodeInfo& node) {
    BiasAdd kernel;
    const std::string format = node.attrs.String("data_format", "NHWC");
    kernel.channels_first_ = format == "NCHW";
    kernel.dtype_ = node.input_types[0];
    kernel.add_ = FindBinary(BinaryFn::kAdd, kernel.dtype_);
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const Tensor& value = ctx.input(0);
    const Tensor& bias = ctx.input(1);
    if (value.rank() < 2) return ModelError("Input tensor must be at least 2D: {}", value.shape().ToString());
    if (bias.rank() != 1) return ModelError("Biases must be 1D: {}", bias.shape().ToString());
    const int axis = channels_first_ ? 1 : value.rank() - 1;
    if (bias.dim(0) != value.dim(axis)) {
      return ModelError("Must provide as many biases as the {} dimension of the input tensor: {} vs. {}",
                        channels_first_ ? "channel" : "last", bias.shape().ToString(), value.shape().ToString());
    }
    if (axis == value.rank() - 1) return ComputeBinary(ctx, add_, dtype_);
    IntList dims;
    dims.assign(value.rank() - axis, 1);
    dims[0] = bias.dim(0);
    Tensor slots[2] = {ctx.TakeInput(0), ctx.input(1).Reshaped(Shape(dims.span()))};
    constexpr uint32_t kInputs[2] = {0 | KernelContext::kLastUse, 1};
    KernelContext inner(slots, kInputs, std::span<Tensor>(&ctx.output(0), 1), ctx.services());
    return ComputeBinary(inner, add_, dtype_);
  }

 private:
  bool channels_first_ = false;
  DataType dtype_ = DataType::kInvalid;
  BinaryFunction add_;
};

class BiasAddGradient final : public Kernel {
 public:
  static Result<std::unique_ptr<Kernel>> Make(const NodeInfo& node) {
    auto kernel = std::make_unique<BiasAddGradient>();
    kernel->channels_first_ = node.attrs.String("data_format", "NHWC") == "NCHW";
    kernel->sum_ = FindReducer(Reduction::kSum, node.input_types[0]);
    if (kernel->sum_.run == nullptr) return UnsupportedError("{} of {}", node.op, Name(node.input_types[0]));
    return std::unique_ptr<Kernel>(std::move(kernel));
  }
  Status Compute(KernelContext& ctx) const override {
    const Tensor& gradient = ctx.input(0);
    if (gradient.rank() < 2) return ModelError("Input tensor must be at least 2D: {}", gradient.shape().ToString());
    const int channels = channels_first_ ? 1 : gradient.rank() - 1;
    ReducedAxes axes;
    axes.reduced.assign(gradient.rank(), 1);
    axes.reduced[channels] = 0;
    SMCLI_ASSIGN_OR_RETURN(Tensor sum, Reduce(ctx.pool(), gradient, axes, Shape{gradient.dim(channels)}, sum_));
    ctx.set_output(0, std::move(sum));
    return {};
  }

 private:
  bool channels_first_ = false;
  Reducer sum_;
};

constexpr Op kOps[] = {
    {.name = "BiasAdd", .types = {{{"T", kNumbers}}}, .make = MakeKernel<BiasAdd>},
    {.name = "BiasAddGrad",
     .types = {{{"T", kNumbers}}},
     .make = ThroughFloat<BiasAddGradient::Make>,
     .tolerance = Tolerance::kRounding},
    {.name = "BiasAddV1", .types = {{{"T", kNumbers}}}, .make = MakeKernel<BiasAdd>},
};

}  // namespace

std::span<const Op> BiasAddOps() { return kOps; }

}  // namespace smcli
