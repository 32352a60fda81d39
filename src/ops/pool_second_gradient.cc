// MaxPoolGradGrad in its versions, and MaxPoolGradWithArgmax (TensorFlow: kernels/maxpooling_op.cc).
#include "ops/expect.h"
#include "ops/int_args.h"
#include "ops/op.h"
#include "ops/pool_window.h"
#include "ops/through_float.h"

namespace smcli {
namespace {

// (orig_input, orig_output, grad): for each window the gradient where the input is largest.
class MaxSecondGradient final : public Kernel {
 public:
  template <int kDims>
  static Result<std::unique_ptr<Kernel>> Make(const NodeInfo& node) {
    auto kernel = std::make_unique<MaxSecondGradient>();
    SMCLI_ASSIGN_OR_RETURN(kernel->window_, WindowAttrs::Make(node, kDims));
    kernel->of_inputs_ = node.num_inputs() == 5;
    if (kernel->window_.channel_window != 1) return UnsupportedError("gradients of pools over channels");
    return std::unique_ptr<Kernel>(std::move(kernel));
  }

  Status Compute(KernelContext& ctx) const override {
    WindowAttrs window = window_;
    if (of_inputs_) {
      SMCLI_RETURN_IF_ERROR(window.SetWindowOf(ctx.input(3), ctx.input(4)));
    }
    Tensor input = ctx.input(0), gradient = ctx.input(2);
    SMCLI_RETURN_IF_ERROR(ExpectRank(input, window.dims + 2, "orig_input"));
    SMCLI_RETURN_IF_ERROR(ExpectSameShape(input, "orig_input", gradient, "grad"));
    if (window.channels_first) {
      SMCLI_ASSIGN_OR_RETURN(input, ChannelsLast(input));
      SMCLI_ASSIGN_OR_RETURN(gradient, ChannelsLast(gradient));
    }
    SMCLI_ASSIGN_OR_RETURN(const SpatialAxes axes, window.Axes(input.shape(), window.ksize));
    IntList dims(std::array{input.dim(0)});
    for (int i = window.first(); i < 3; ++i) dims.push_back(axes[static_cast<size_t>(i)].out);
    dims.push_back(input.dim(input.rank() - 1));
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, CheckedShape(dims));
    SMCLI_ASSIGN_OR_RETURN(Tensor out, Tensor::Make(input.dtype(), shape));
    DispatchRealNumbers(input.dtype(), [&](auto tag) {
      using T = typename decltype(tag)::type;
      if constexpr (std::is_arithmetic_v<T>) Collect<T>(axes, input, gradient, out);
    });
    if (window.channels_first) {
      SMCLI_ASSIGN_OR_RETURN(out, ChannelsFirst(out));
    }
    if (out.shape() != ctx.input(1).shape()) {
      return ModelError("orig_output {} is not what the pool makes: {}", ctx.input(1).shape().ToString(),
                        out.shape().ToString());
    }
    ctx.set_output(0, std::move(out));
    return {};
  }

 private:
  template <typename T>
  static void Collect(const SpatialAxes& axes, const Tensor& input, const Tensor& gradient, Tensor& out) {
    const int64_t channels = input.dim(input.rank() - 1), positions = Positions(axes);
    const int64_t size = Pixels(axes) * channels;
    T* to = out.mutable_data<T>();
    for (int64_t i = 0; i < out.num_elements(); ++i) {
      const int64_t image = i / channels / positions * size + i % channels;
      const int64_t pixel = ArgMaxOf(axes, i / channels % positions, input.data<T>() + image, channels);
      to[i] = pixel < 0 ? T(0) : gradient.data<T>()[image + pixel * channels];
    }
  }

  WindowAttrs window_;
  bool of_inputs_ = false;
};

// (input, grad, argmax)
class ArgmaxGradient final : public Kernel {
 public:
  static Result<ArgmaxGradient> Make(const NodeInfo& node) {
    ArgmaxGradient kernel;
    kernel.batch_ = node.attrs.Bool("include_batch_in_index", false);
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    const Tensor &input = ctx.input(0), &gradient = ctx.input(1), &argmax = ctx.input(2);
    SMCLI_RETURN_IF_ERROR(ExpectRank(input, 4, "input"));
    SMCLI_RETURN_IF_ERROR(ExpectRank(gradient, 4, "grad"));
    SMCLI_RETURN_IF_ERROR(ExpectSameShape(gradient, "grad", argmax, "argmax"));
    if (gradient.dim(0) != input.dim(0)) return ModelError("grad and input must have the same batch");
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, input.dtype(), input.shape()));
    if (out->num_bytes() > 0) std::memset(out->mutable_raw_data(), 0, out->num_bytes());
    Status status;
    DispatchRealNumbers(input.dtype(), [&](auto tag) {
      using T = typename decltype(tag)::type;
      if constexpr (std::is_arithmetic_v<T>) status = Spread<T>(gradient, argmax, *out);
    });
    return status;
  }

 private:
  template <typename T>
  Status Spread(const Tensor& gradient, const Tensor& argmax, Tensor& out) const {
    if (gradient.num_elements() == 0) return {};
    const int64_t size = out.num_elements() / out.dim(0), per_image = gradient.num_elements() / gradient.dim(0);
    T* to = out.mutable_data<T>();
    for (int64_t i = 0; i < gradient.num_elements(); ++i) {
      const int64_t first = i / per_image * size;
      const int64_t at = IntAt(argmax, i) - (batch_ ? first : 0);
      if (at < 0 || at >= size) return ModelError("argmax {} is outside the input", IntAt(argmax, i));
      to[first + at] = static_cast<T>(to[first + at] + gradient.data<T>()[i]);
    }
    return {};
  }

  bool batch_ = false;
};

constexpr KernelFactory kSecond2 = ThroughFloat<MaxSecondGradient::Make<2>>;
constexpr KernelFactory kSecond3 = ThroughFloat<MaxSecondGradient::Make<3>>;

constexpr Op kOps[] = {
    {.name = "MaxPool3DGradGrad", .types = {{{"T", kRealNumbers}}}, .make = kSecond3},
    {.name = "MaxPoolGradGrad", .types = {{{"T", kRealNumbers}}}, .make = kSecond2},
    {.name = "MaxPoolGradGradV2", .types = {{{"T", kRealNumbers}}}, .make = kSecond2},
    {.name = "MaxPoolGradWithArgmax",
     .types = {{{"T", kRealNumbers}}},
     .make = ThroughFloat<MakeKernel<ArgmaxGradient>>,
     .tolerance = Tolerance::kRounding},
};

}  // namespace

std::span<const Op> PoolSecondGradientOps() { return kOps; }

}  // namespace smcli
