// Dilation2D, the largest sum of image and filter in each window, channel by channel, and its gradients (TensorFlow:
// kernels/dilation_ops.cc).
#include <limits>

#include "ops/arithmetic.h"
#include "ops/int_args.h"
#include "ops/op.h"
#include "ops/through_float.h"
#include "ops/window.h"

namespace smcli {
namespace {

// (input, filter): the sums; (input, filter, out_backprop): each gradient where its sum came from.
enum class DilationResult { kSums, kInputGradient, kFilterGradient };

template <DilationResult kResult>
class Dilation final : public Kernel {
 public:
  static Result<std::unique_ptr<Kernel>> Make(const NodeInfo& node) {
    auto kernel = std::make_unique<Dilation>();
    SMCLI_ASSIGN_OR_RETURN(kernel->window_, WindowAttrs::Make(node, 2));
    SMCLI_ASSIGN_OR_RETURN(const std::vector<int64_t> rates, node.attrs.Ints("rates"));
    int64_t batch = 1, channel = 1;
    SMCLI_RETURN_IF_ERROR(kernel->window_.Spread(rates, kernel->window_.dilations, &batch, &channel));
    if (batch != 1 || channel != 1 || kernel->window_.channel_stride != 1) {
      return UnsupportedError("dilation over the batch or channel dimension");
    }
    if (kernel->window_.dilations[1] < 1 || kernel->window_.dilations[2] < 1) {
      return InvalidModelError("rates must be positive");
    }
    return std::unique_ptr<Kernel>(std::move(kernel));
  }

  Status Compute(KernelContext& ctx) const override {
    const Tensor& x = ctx.input(0);
    const Tensor& filter = ctx.input(1);
    if (x.rank() != 4) return ModelError("input must be 4-dimensional, got {}", x.shape().ToString());
    if (filter.rank() != 3) return ModelError("filter must be 3-dimensional, got {}", filter.shape().ToString());
    if (filter.dim(2) != x.dim(3)) {
      return ModelError("input and filter must have the same depth: {} vs {}", x.dim(3), filter.dim(2));
    }
    if (filter.dim(0) < 1 || filter.dim(1) < 1) return ModelError("filter must not have zero elements");
    SMCLI_ASSIGN_OR_RETURN(const SpatialAxes axes, window_.Axes(x.shape(), {1, filter.dim(0), filter.dim(1)}));
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, CheckedShape(std::array{x.dim(0), axes[1].out, axes[2].out, x.dim(3)}));
    if (kResult != DilationResult::kSums && ctx.input(2).shape() != shape) {
      return ModelError("out_backprop {} does not fit an output of {}", ctx.input(2).shape().ToString(),
                        shape.ToString());
    }
    const Shape& out_shape = kResult == DilationResult::kSums            ? shape
                             : kResult == DilationResult::kInputGradient ? x.shape()
                                                                         : filter.shape();
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, x.dtype(), out_shape));
    DispatchRealNumbers(x.dtype(), [&](auto tag) {
      using T = typename decltype(tag)::type;
      if constexpr (std::is_arithmetic_v<T>) {
        if constexpr (kResult == DilationResult::kSums) {
          Run<T>(ctx.pool(), axes, x, filter, *out);
        } else {
          PassBack<T>(axes, x, filter, ctx.input(2), *out);
        }
      }
    });
    return {};
  }

 private:
  template <typename T>
  static void Run(ThreadPool& pool, const SpatialAxes& axes, const Tensor& x, const Tensor& filter, Tensor& out) {
    const int64_t channels = x.dim(3), row_size = axes[2].out * channels;
    const double cost = static_cast<double>(row_size * axes[1].kernel * axes[2].kernel);
    T* to = out.mutable_data<T>();
    pool.ParallelFor(x.dim(0) * axes[1].out, ThreadPool::GrainOf(cost), [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row) {
        const T* image = x.data<T>() + row / axes[1].out * axes[1].in * axes[2].in * channels;
        for (int64_t at = 0; at < row_size; ++at) {
          to[row * row_size + at] = Largest(axes, image + at % channels, filter.data<T>() + at % channels, channels,
                                            row % axes[1].out, at / channels)
                                        .value;
        }
      }
    });
  }

  // The largest sum of a window and where it came from, of equals the first.
  template <typename T>
  struct Sum {
    T value = std::numeric_limits<T>::lowest();
    int64_t pixel = 0, weight = 0;
  };
  template <typename T>
  static Sum<T> Largest(const SpatialAxes& axes, const T* image, const T* filter, int64_t channels, int64_t row,
                        int64_t column) {
    Sum<T> largest;
    // Before the first sum: the first pixel of the window that is inside.
    largest.pixel = (std::max<int64_t>(row * axes[1].stride - axes[1].pad_before, 0) * axes[2].in +
                     std::max<int64_t>(column * axes[2].stride - axes[2].pad_before, 0)) *
                    channels;
    for (int64_t ky = 0; ky < axes[1].kernel; ++ky) {
      const int64_t y = row * axes[1].stride - axes[1].pad_before + ky * axes[1].dilation;
      if (y < 0 || y >= axes[1].in) continue;
      for (int64_t kx = 0; kx < axes[2].kernel; ++kx) {
        const int64_t x = column * axes[2].stride - axes[2].pad_before + kx * axes[2].dilation;
        if (x < 0 || x >= axes[2].in) continue;
        const int64_t pixel = (y * axes[2].in + x) * channels, weight = (ky * axes[2].kernel + kx) * channels;
        const T sum = Plus(image[pixel], filter[weight]);
        if (sum > largest.value) largest = {sum, pixel, weight};
      }
    }
    return largest;
  }

  template <typename T>
  static void PassBack(const SpatialAxes& axes, const Tensor& x, const Tensor& filter, const Tensor& gradient,
                       Tensor& out) {
    const int64_t channels = x.dim(3), image_size = axes[1].in * axes[2].in * channels;
    T* to = out.mutable_data<T>();
    std::fill_n(to, out.num_elements(), T(0));
    for (int64_t i = 0; i < gradient.num_elements(); ++i) {
      const int64_t c = i % channels, column = i / channels % axes[2].out;
      const int64_t row = i / channels / axes[2].out % axes[1].out;
      const int64_t image = i / channels / axes[2].out / axes[1].out * image_size + c;
      const Sum<T> sum = Largest(axes, x.data<T>() + image, filter.data<T>() + c, channels, row, column);
      T& total = to[kResult == DilationResult::kInputGradient ? image + sum.pixel : sum.weight + c];
      total = Plus(total, gradient.data<T>()[i]);
    }
  }

  WindowAttrs window_;
};

template <DilationResult kResult>
constexpr Op Row(std::string_view name) {
  return {.name = name,
          .types = {{{"T", kRealNumbers}}},
          .make = ThroughFloat<Dilation<kResult>::Make>,
          .tolerance = Tolerance::kRounding};
}

constexpr Op kOps[] = {
    Row<DilationResult::kSums>("Dilation2D"),
    Row<DilationResult::kFilterGradient>("Dilation2DBackpropFilter"),
    Row<DilationResult::kInputGradient>("Dilation2DBackpropInput"),
};

}  // namespace

std::span<const Op> DilationOps() { return kOps; }

}  // namespace smcli
