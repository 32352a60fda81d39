// The gradients of DepthwiseConv2dNative by its input and by its filter (TensorFlow:
// kernels/depthwise_conv_grad_op.cc).
#include "ops/conv_depthwise.h"
#include "ops/int_args.h"
#include "ops/op.h"
#include "ops/through_float.h"

namespace smcli {
namespace {

// (input_sizes, filter, out_backprop) or (input, filter_sizes, out_backprop)
class DepthwiseGradient final : public Kernel {
 public:
  static Result<DepthwiseGradient> Make(const NodeInfo& node) {
    DepthwiseGradient kernel;
    kernel.by_filter_ = node.op.ends_with("Filter");
    SMCLI_ASSIGN_OR_RETURN(kernel.window_, WindowAttrs::Make(node, 2));
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    SMCLI_ASSIGN_OR_RETURN(const IntList sizes, VectorInts(ctx.input(by_filter_ ? 1 : 0), "sizes"));
    SMCLI_ASSIGN_OR_RETURN(const Shape given, CheckedShape(sizes));
    const Tensor& other = ctx.input(by_filter_ ? 0 : 1);
    Tensor gradient = ctx.input(2), image = other;
    Shape input = by_filter_ ? other.shape() : given, filter = by_filter_ ? given : other.shape();
    if (input.rank() != 4 || filter.rank() != 4 || gradient.rank() != 4) {
      return ModelError("input, filter and out_backprop must be 4-dimensional: {}, {}, {}", input.ToString(),
                        filter.ToString(), gradient.shape().ToString());
    }
    if (window_.channels_first) {
      input = Shape{input.dim(0), input.dim(2), input.dim(3), input.dim(1)};
      SMCLI_ASSIGN_OR_RETURN(gradient, ChannelsLast(gradient));
      if (by_filter_) {
        SMCLI_ASSIGN_OR_RETURN(image, ChannelsLast(image));
      }
    }
    SMCLI_ASSIGN_OR_RETURN(const SpatialAxes axes, Axes(input, filter, gradient.shape()));
    SMCLI_ASSIGN_OR_RETURN(Tensor out, Tensor::Make(gradient.dtype(), by_filter_ ? filter : input));
    if (out.num_bytes() > 0) std::memset(out.mutable_raw_data(), 0, out.num_bytes());
    if (gradient.dtype() == DataType::kDouble) {
      Run<double>(axes, input, filter, by_filter_ ? image : other, gradient, out);
    } else {
      Run<float>(axes, input, filter, by_filter_ ? image : other, gradient, out);
    }
    if (window_.channels_first && !by_filter_) {
      SMCLI_ASSIGN_OR_RETURN(out, ChannelsFirst(out));
    }
    ctx.set_output(0, std::move(out));
    return {};
  }

 private:
  Result<SpatialAxes> Axes(const Shape& input, const Shape& filter, const Shape& gradient) const {
    SMCLI_ASSIGN_OR_RETURN(const SpatialAxes axes, DepthwiseAxes(window_, input, filter));
    SMCLI_ASSIGN_OR_RETURN(const Shape computed,
                           CheckedShape(std::array{input.dim(0), axes[1].out, axes[2].out, filter.dim(2)}));
    if (gradient.dim(0) == input.dim(0) && gradient.dim(1) == axes[1].out && gradient.dim(2) == axes[2].out &&
        static_cast<__int128>(filter.dim(2)) * filter.dim(3) == gradient.dim(3)) {
      return axes;
    }
    return ModelError("out_backprop {} does not fit an output of {} with multiplier {}", gradient.ToString(),
                      computed.ToString(), filter.dim(3));
  }

  // Every product of the forward pass, passed back.
  template <typename T>
  void Run(const SpatialAxes& axes, const Shape& input, const Shape& filter, const Tensor& factor,
           const Tensor& gradient, Tensor& out) const {
    const SpatialAxis &rows = axes[1], &columns = axes[2];
    const int64_t channels = filter.dim(2), multiplier = filter.dim(3), size = channels * multiplier;
    const T *from = factor.data<T>(), *slope = gradient.data<T>();
    T* to = out.mutable_data<T>();
    for (int64_t at = 0; at < input.dim(0) * rows.out * columns.out; ++at, slope += size) {
      const int64_t image = at / columns.out / rows.out * rows.in;
      const int64_t y0 = at / columns.out % rows.out * rows.stride - rows.pad_before;
      const int64_t x0 = at % columns.out * columns.stride - columns.pad_before;
      for (int64_t k = 0; k < rows.kernel * columns.kernel; ++k) {
        const int64_t y = y0 + k / columns.kernel * rows.dilation, x = x0 + k % columns.kernel * columns.dilation;
        if (y < 0 || y >= rows.in || x < 0 || x >= columns.in) continue;
        const int64_t pixel = ((image + y) * columns.in + x) * channels, weights = k * size;
        for (int64_t i = 0; i < size; ++i) {
          if (by_filter_) {
            to[weights + i] += from[pixel + i / multiplier] * slope[i];
          } else {
            to[pixel + i / multiplier] += from[weights + i] * slope[i];
          }
        }
      }
    }
  }

  WindowAttrs window_;
  bool by_filter_ = false;
};

constexpr Op kOps[] = {
    {.name = "DepthwiseConv2dNativeBackpropFilter",
     .types = {{{"T", kFloats}}},
     .make = ThroughFloat<MakeKernel<DepthwiseGradient>>,
     .tolerance = Tolerance::kRounding},
    {.name = "DepthwiseConv2dNativeBackpropInput",
     .types = {{{"T", kFloats}}},
     .make = ThroughFloat<MakeKernel<DepthwiseGradient>>,
     .tolerance = Tolerance::kRounding},
};

}  // namespace

std::span<const Op> ConvDepthwiseGradientOps() { return kOps; }

}  // namespace smcli
