// DepthwiseConv2dNative: every input channel has filters of its own, [height, width, channels, multiplier].
#include "ops/op.h"
#include "ops/through_float.h"
#include "ops/window.h"

namespace smcli {
namespace {

struct DepthwiseShape {
  SpatialAxes axes;
  int64_t channels = 0, multiplier = 0;
};

// One output pixel: channels * multiplier sums, vectorised over them.
template <typename T>
void ConvolvePixel(const T* image, const T* filter, const DepthwiseShape& shape, int64_t y0, int64_t x0, T* out) {
  const SpatialAxis &rows = shape.axes[1], &columns = shape.axes[2];
  const int64_t size = shape.channels * shape.multiplier;
  std::fill_n(out, size, T(0));
  for (int64_t ky = 0; ky < rows.kernel; ++ky) {
    const int64_t y = y0 + ky * rows.dilation;
    if (y < 0 || y >= rows.in) continue;
    for (int64_t kx = 0; kx < columns.kernel; ++kx) {
      const int64_t x = x0 + kx * columns.dilation;
      if (x < 0 || x >= columns.in) continue;
      const T* pixel = image + (y * columns.in + x) * shape.channels;
      const T* weights = filter + (ky * columns.kernel + kx) * size;
      if (shape.multiplier == 1) {
        for (int64_t c = 0; c < size; ++c) out[c] += pixel[c] * weights[c];
        continue;
      }
      for (int64_t c = 0; c < shape.channels; ++c) {
        for (int64_t m = 0; m < shape.multiplier; ++m) {
          out[c * shape.multiplier + m] += pixel[c] * weights[c * shape.multiplier + m];
        }
      }
    }
  }
}

template <typename T>
void Convolve(ThreadPool& pool, const DepthwiseShape& shape, const Tensor& images, const Tensor& filter, Tensor& out) {
  const SpatialAxis &rows = shape.axes[1], &columns = shape.axes[2];
  const int64_t image_size = rows.in * columns.in * shape.channels, size = shape.channels * shape.multiplier;
  const T *from = images.data<T>(), *weights = filter.data<T>();
  T* to = out.mutable_data<T>();
  const double row_cost = 0.2 * static_cast<double>(columns.out * size * rows.kernel * columns.kernel);
  pool.ParallelFor(images.dim(0) * rows.out, ThreadPool::GrainOf(row_cost), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const T* image = from + row / rows.out * image_size;
      const int64_t y0 = row % rows.out * rows.stride - rows.pad_before;
      for (int64_t x = 0; x < columns.out; ++x) {
        ConvolvePixel(image, weights, shape, y0, x * columns.stride - columns.pad_before,
                      to + (row * columns.out + x) * size);
      }
    }
  });
}

class Depthwise final : public Kernel {
 public:
  static Result<Depthwise> Make(const NodeInfo& node) {
    Depthwise kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.window_, WindowAttrs::Make(node, 2));
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    Tensor images = ctx.input(0);
    const Tensor& filter = ctx.input(1);
    if (images.rank() != 4 || filter.rank() != 4) return ModelError("input and filter must be 4-dimensional");
    if (window_.channels_first) {
      SMCLI_ASSIGN_OR_RETURN(images, ChannelsLast(images));
    }
    DepthwiseShape shape{{}, images.dim(3), filter.dim(3)};
    if (filter.dim(2) != shape.channels) {
      return ModelError("input and filter must have the same depth: {} vs {}", shape.channels, filter.dim(2));
    }
    if (filter.dim(0) < 1 || filter.dim(1) < 1) return ModelError("filter must not have zero elements");
    SMCLI_ASSIGN_OR_RETURN(shape.axes, window_.Axes(images.shape(), {1, filter.dim(0), filter.dim(1)}));
    const auto dims =
        std::array{images.dim(0), shape.axes[1].out, shape.axes[2].out, shape.channels * shape.multiplier};
    auto out_shape = Shape::Make(dims);
    if (!out_shape.ok()) return ModelError("{}", out_shape.error().message());
    SMCLI_ASSIGN_OR_RETURN(Tensor out, Tensor::Make(images.dtype(), *out_shape));
    if (images.dtype() == DataType::kDouble) {
      Convolve<double>(ctx.pool(), shape, images, filter, out);
    } else {
      Convolve<float>(ctx.pool(), shape, images, filter, out);
    }
    if (window_.channels_first) {
      SMCLI_ASSIGN_OR_RETURN(out, ChannelsFirst(out));
    }
    ctx.set_output(0, std::move(out));
    return {};
  }

 private:
  WindowAttrs window_;
};

constexpr Op kOps[] = {
    {.name = "DepthwiseConv2dNative",
     .types = {{{"T", kFloats}}},
     .make = ThroughFloat<MakeKernel<Depthwise>>,
     .tolerance = Tolerance::kRounding},
};

}  // namespace

std::span<const Op> ConvDepthwiseOps() { return kOps; }

}  // namespace smcli
