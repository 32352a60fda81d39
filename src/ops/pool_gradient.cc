// The gradients of pools in two and three dimensions, and MaxPoolWithArgmax (TensorFlow: kernels/maxpooling_op.cc,
// avgpooling_op.cc).
#include "ops/int_args.h"
#include "ops/op.h"
#include "ops/pool_window.h"
#include "ops/through_float.h"

namespace smcli {
namespace {

Result<Shape> ShapeOfInts(const Tensor& tensor) {
  SMCLI_ASSIGN_OR_RETURN(const IntList dims, VectorInts(tensor, "orig_input_shape"));
  return CheckedShape(dims);
}

// MaxPoolGrad: (orig_input, orig_output, grad), V2: with (ksize, strides); AvgPoolGrad: (orig_input_shape, grad).
class PoolGradient final : public Kernel {
 public:
  template <int kDims, bool kMax>
  static Result<std::unique_ptr<Kernel>> Make(const NodeInfo& node) {
    auto kernel = std::make_unique<PoolGradient>();
    kernel->max_ = kMax;
    kernel->of_inputs_ = kMax && node.num_inputs() == 5;
    SMCLI_ASSIGN_OR_RETURN(kernel->window_, WindowAttrs::Make(node, kDims));
    if (kernel->window_.channel_window != 1) return UnsupportedError("gradients of pools over channels");
    return std::unique_ptr<Kernel>(std::move(kernel));
  }

  Status Compute(KernelContext& ctx) const override {
    if (!of_inputs_) return ComputeWindow(ctx, window_);
    WindowAttrs window = window_;
    SMCLI_RETURN_IF_ERROR(window.SetWindowOf(ctx.input(3), ctx.input(4)));
    if (window.channel_window != 1) return ModelError("pooling over channels is not supported");
    return ComputeWindow(ctx, window);
  }

 private:
  Status ComputeWindow(KernelContext& ctx, const WindowAttrs& window) const {
    Tensor gradient = ctx.input(max_ ? 2 : 1), input;
    Shape shape = ctx.input(0).shape();
    if (!max_) {
      SMCLI_ASSIGN_OR_RETURN(shape, ShapeOfInts(ctx.input(0)));
    }
    const int rank = window.dims + 2;
    if (shape.rank() != rank || gradient.rank() != rank) {
      return ModelError("orig_input and grad must be {}-dimensional: {} and {}", rank, shape.ToString(),
                        gradient.shape().ToString());
    }
    if (max_) input = ctx.input(0);
    if (window.channels_first) {
      SMCLI_ASSIGN_OR_RETURN(gradient, ChannelsLast(gradient));
      if (max_) {
        SMCLI_ASSIGN_OR_RETURN(input, ChannelsLast(input));
      }
      IntList dims(shape.dims());
      std::rotate(dims.begin() + 1, dims.begin() + 2, dims.end());
      SMCLI_ASSIGN_OR_RETURN(shape, CheckedShape(dims));
    }
    SMCLI_ASSIGN_OR_RETURN(Tensor out, Spread(ctx.pool(), window, input, shape, gradient));
    if (window.channels_first) {
      SMCLI_ASSIGN_OR_RETURN(out, ChannelsFirst(out));
    }
    ctx.set_output(0, std::move(out));
    return {};
  }

  Result<Tensor> Spread(ThreadPool& pool, const WindowAttrs& window, const Tensor& input, const Shape& shape,
                        const Tensor& gradient) const {
    SMCLI_ASSIGN_OR_RETURN(const SpatialAxes axes, window.Axes(shape, window.ksize));
    const int64_t channels = shape.dim(shape.rank() - 1);
    bool fits = gradient.dim(0) == shape.dim(0) && gradient.dim(gradient.rank() - 1) == channels;
    for (int i = window.first(); i < 3; ++i) {
      fits = fits && axes[static_cast<size_t>(i)].out == gradient.dim(1 + i - window.first());
    }
    if (!fits) return ModelError("grad {} does not fit the input {}", gradient.shape().ToString(), shape.ToString());
    SMCLI_ASSIGN_OR_RETURN(Tensor out, Tensor::Make(gradient.dtype(), shape));
    DispatchRealNumbers(gradient.dtype(), [&](auto tag) {
      using T = typename decltype(tag)::type;
      if constexpr (std::is_arithmetic_v<T>) {
        std::ranges::fill(out.mutable_flat<T>(), T(0));
        const int64_t positions = Positions(axes), pixels = Pixels(axes);
        T* to = out.mutable_data<T>();
        pool.ParallelFor(shape.dim(0), 1, [&](int64_t begin, int64_t end) {
          for (int64_t n = begin; n < end; ++n) {
            SpreadImage<T>(axes, channels, max_ ? input.data<T>() + n * pixels * channels : nullptr,
                           gradient.data<T>() + n * positions * channels, to + n * pixels * channels);
          }
        });
      }
    });
    return out;
  }

  // To the first largest pixel of each window, or evenly over it.
  template <typename T>
  static void SpreadImage(const SpatialAxes& axes, int64_t channels, const T* image, const T* gradient, T* to) {
    for (int64_t at = 0; at < Positions(axes); ++at, gradient += channels) {
      if (image != nullptr) {
        for (int64_t c = 0; c < channels; ++c) {
          const int64_t pixel = ArgMaxOf(axes, at, image + c, channels);
          if (pixel >= 0) to[pixel * channels + c] = static_cast<T>(to[pixel * channels + c] + gradient[c]);
        }
        continue;
      }
      int64_t count = 0;
      ForWindow(axes, at, [&](int64_t) { ++count; });
      ForWindow(axes, at, [&](int64_t pixel) {
        for (int64_t c = 0; c < channels; ++c) {
          T& sum = to[pixel * channels + c];
          sum = static_cast<T>(sum + gradient[c] / static_cast<T>(count));
        }
      });
    }
  }

  WindowAttrs window_;
  bool max_ = false, of_inputs_ = false;
};

// argmax is (y * width + x) * channels + c, with the image's index in front where include_batch_in_index.
class MaxPoolWithArgmax final : public Kernel {
 public:
  static Result<std::unique_ptr<Kernel>> Make(const NodeInfo& node) {
    auto kernel = std::make_unique<MaxPoolWithArgmax>();
    SMCLI_ASSIGN_OR_RETURN(kernel->window_, WindowAttrs::Make(node, 2));
    if (kernel->window_.channel_window != 1) return UnsupportedError("MaxPoolWithArgmax over channels");
    kernel->batch_ = node.attrs.Bool("include_batch_in_index", false);
    kernel->index_ = node.output_types[1];
    return std::unique_ptr<Kernel>(std::move(kernel));
  }

  Status Compute(KernelContext& ctx) const override {
    const Tensor& x = ctx.input(0);
    if (x.rank() != 4) return ModelError("tensor_in must be 4-dimensional, got {}", x.shape().ToString());
    SMCLI_ASSIGN_OR_RETURN(const SpatialAxes axes, window_.Axes(x.shape(), window_.ksize));
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, CheckedShape(std::array{x.dim(0), axes[1].out, axes[2].out, x.dim(3)}));
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, x.dtype(), shape));
    SMCLI_ASSIGN_OR_RETURN(Tensor * argmax, ctx.Allocate(1, index_, shape));
    DispatchRealNumbers(x.dtype(), [&](auto tag) {
      using T = typename decltype(tag)::type;
      if constexpr (std::is_arithmetic_v<T>) Fill<T>(x, axes, *out, *argmax);
    });
    return {};
  }

 private:
  template <typename T>
  void Fill(const Tensor& x, const SpatialAxes& axes, Tensor& out, Tensor& argmax) const {
    const int64_t channels = x.dim(3), positions = Positions(axes), size = Pixels(axes) * channels;
    T* to = out.mutable_data<T>();
    for (int64_t i = 0; i < out.num_elements(); ++i) {
      const int64_t n = i / channels / positions, c = i % channels;
      const T* image = x.data<T>() + n * size + c;
      const int64_t pixel = std::max<int64_t>(ArgMaxOf(axes, i / channels % positions, image, channels), 0);
      to[i] = image[pixel * channels];
      const int64_t index = pixel * channels + c + (batch_ ? n * size : 0);
      if (index_ == DataType::kInt32) {
        argmax.mutable_data<int32_t>()[i] = static_cast<int32_t>(index);
      } else {
        argmax.mutable_data<int64_t>()[i] = index;
      }
    }
  }

  WindowAttrs window_;
  bool batch_ = false;
  DataType index_ = DataType::kInt64;
};

template <int kDims, bool kMax>
constexpr Op GradientOf(std::string_view name, DataTypeSet types) {
  return {.name = name,
          .types = {{{"T", types}}},
          .make = ThroughFloat<PoolGradient::Make<kDims, kMax>>,
          .tolerance = Tolerance::kRounding};
}

constexpr Op kOps[] = {
    GradientOf<3, false>("AvgPool3DGrad", kFloats),
    GradientOf<2, false>("AvgPoolGrad", kFloats),
    GradientOf<3, true>("MaxPool3DGrad", kFloats),
    GradientOf<2, true>("MaxPoolGrad", kRealNumbers),
    GradientOf<2, true>("MaxPoolGradV2", kRealNumbers),
    {.name = "MaxPoolWithArgmax", .types = {{{"T", kRealNumbers}}}, .make = ThroughFloat<MaxPoolWithArgmax::Make>},
};

}  // namespace

std::span<const Op> PoolGradientOps() { return kOps; }

}  // namespace smcli
