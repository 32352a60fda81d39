// DepthwiseConv2dNative: every input channel has filters of its own, [height, width, channels, multiplier].
#include "ops/conv_depthwise.h"

#include "loops/loops.h"
#include "ops/op.h"
#include "ops/padded_window.h"
#include "ops/through_float.h"

namespace smcli {
namespace {

// Taps of a filter whose pointers are collected before they are added up.
constexpr int64_t kTaps = 64;

DepthwiseLoop<float> LoopOf(float) { return CurrentLoops().depthwise->f32; }
DepthwiseLoop<double> LoopOf(double) { return CurrentLoops().depthwise->f64; }

template <typename T>
struct DepthwiseConvolution {
  const SpatialAxes& axes;
  int64_t channels, multiplier;
  const T* filter;
  DepthwiseLoop<T> add_taps = LoopOf(T());

  // Calls f(pixel, weights) for every tap that lies in the image.
  template <typename F>
  void Walk(const T* image, int64_t y0, int64_t x0, F&& f) const {
    const SpatialAxis &rows = axes[1], &columns = axes[2];
    for (int64_t ky = 0; ky < rows.kernel; ++ky) {
      const int64_t y = y0 + ky * rows.dilation;
      if (y < 0 || y >= rows.in) continue;
      for (int64_t kx = 0; kx < columns.kernel; ++kx) {
        const int64_t x = x0 + kx * columns.dilation;
        if (x < 0 || x >= columns.in) continue;
        f(image + (y * columns.in + x) * channels, filter + (ky * columns.kernel + kx) * channels * multiplier);
      }
    }
  }

  // One output pixel.
  void Pixel(const T* image, int64_t y0, int64_t x0, T* out) const {
    const T *pixels[kTaps], *weights[kTaps];
    int64_t taps = 0;
    bool first = true;
    const auto flush = [&] {
      add_taps(pixels, weights, taps, first, channels, out);
      first = false;
      taps = 0;
    };
    Walk(image, y0, x0, [&](const T* pixel, const T* weight) {
      if (taps == kTaps) flush();
      pixels[taps] = pixel;
      weights[taps++] = weight;
    });
    flush();
  }

  // The same, several filters for each channel.
  void WidePixel(const T* image, int64_t y0, int64_t x0, T* out) const {
    std::fill_n(out, channels * multiplier, T(0));
    Walk(image, y0, x0, [&](const T* pixel, const T* weights) {
      for (int64_t c = 0; c < channels; ++c) {
        for (int64_t m = 0; m < multiplier; ++m) out[c * multiplier + m] += pixel[c] * weights[c * multiplier + m];
      }
    });
  }

  void Run(ThreadPool& pool, int64_t batch, const T* images, T* out) const {
    const SpatialAxis &rows = axes[1], &columns = axes[2];
    const int64_t image_size = rows.in * columns.in * channels, size = channels * multiplier;
    const double row_cost = 0.1 * static_cast<double>(columns.out * size * rows.kernel * columns.kernel);
    pool.ParallelFor(batch * rows.out, ThreadPool::GrainOf(row_cost), [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row) {
        const T* image = images + row / rows.out * image_size;
        const int64_t y0 = row % rows.out * rows.stride - rows.pad_before;
        for (int64_t x = 0; x < columns.out; ++x) {
          const int64_t x0 = x * columns.stride - columns.pad_before;
          T* to = out + (row * columns.out + x) * size;
          multiplier == 1 ? Pixel(image, y0, x0, to) : WidePixel(image, y0, x0, to);
        }
      }
    });
  }
};

template <typename T>
void Convolve(ThreadPool& pool, const SpatialAxes& axes, const Tensor& images, const Tensor& filter, Tensor& out) {
  const int64_t channels = images.dim(3);
  DepthwiseConvolution<T>{axes, channels, out.dim(3) / channels, filter.data<T>()}.Run(
      pool, images.dim(0), images.data<T>(), out.mutable_data<T>());
}

class Depthwise final : public PaddableKernel {
 public:
  static Result<Depthwise> Make(const NodeInfo& node) {
    Depthwise kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.window_, WindowAttrs::Make(node, 2));
    return kernel;
  }

  std::unique_ptr<Kernel> WithPadding(std::span<const int64_t> pads) const override {
    auto padded = std::make_unique<Depthwise>(*this);
    return padded->window_.AddPadding(pads) ? std::move(padded) : nullptr;
  }

  Status Compute(KernelContext& ctx) const override {
    Tensor images = ctx.input(0);
    const Tensor& filter = ctx.input(1);
    if (images.rank() != 4 || filter.rank() != 4) return ModelError("input and filter must be 4-dimensional");
    if (window_.channels_first) {
      SMCLI_ASSIGN_OR_RETURN(images, ChannelsLast(images));
    }
    SMCLI_ASSIGN_OR_RETURN(const SpatialAxes axes, DepthwiseAxes(window_, images.shape(), filter.shape()));
    const auto dims = std::array{images.dim(0), axes[1].out, axes[2].out, images.dim(3) * filter.dim(3)};
    auto out_shape = Shape::Make(dims);
    if (!out_shape.ok()) return ModelError("{}", out_shape.error().message());
    SMCLI_ASSIGN_OR_RETURN(Tensor out, Tensor::Make(images.dtype(), *out_shape));
    if (out.num_elements() > 0) ConvolveDepthwise(ctx.pool(), axes, images, filter, out);
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

Result<SpatialAxes> DepthwiseAxes(const WindowAttrs& window, const Shape& images, const Shape& filter) {
  if (filter.dim(2) != images.dim(3)) {
    return ModelError("input and filter must have the same depth: {} vs {}", images.dim(3), filter.dim(2));
  }
  if (filter.dim(0) < 1 || filter.dim(1) < 1) return ModelError("filter must not have zero elements");
  return window.Axes(images, {1, filter.dim(0), filter.dim(1)});
}

void ConvolveDepthwise(ThreadPool& pool, const SpatialAxes& axes, const Tensor& images, const Tensor& filter,
                       Tensor& out) {
  if (images.dtype() == DataType::kDouble) {
    Convolve<double>(pool, axes, images, filter, out);
  } else {
    Convolve<float>(pool, axes, images, filter, out);
  }
}

std::span<const Op> ConvDepthwiseOps() { return kOps; }

}  // namespace smcli
