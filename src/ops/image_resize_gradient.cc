// ResizeBilinearGrad, ResizeBicubicGrad, ScaleAndTranslateGrad and ResizeNearestNeighborGrad: each gradient goes back
// to the pixels that its output pixel was made of, by the same weights.
#include <algorithm>
#include <cmath>

#include "ops/arithmetic.h"
#include "ops/image_sampling.h"
#include "ops/int_args.h"
#include "ops/move.h"
#include "ops/op.h"
#include "ops/through_float.h"

namespace smcli {
namespace {

// One image: gradients [out_height, out_width, channels] into sums [in_height, in_width, channels].
template <typename T>
void Spread(const float* gradients, const AxisSampling& vertical, int64_t out_height, const AxisSampling& horizontal,
            int64_t out_width, int64_t in_width, int64_t channels, T* sums) {
  for (int64_t y = 0; y < out_height; ++y) {
    for (int64_t x = 0; x < out_width; ++x, gradients += channels) {
      for (int64_t v = 0; v < vertical.taps; ++v) {
        const auto row = static_cast<size_t>(y * vertical.taps + v);
        for (int64_t h = 0; h < horizontal.taps; ++h) {
          const auto column = static_cast<size_t>(x * horizontal.taps + h);
          const float weight = vertical.weights[row] * horizontal.weights[column];
          if (weight == 0.0f) continue;
          T* to = sums + (vertical.indices[row] * in_width + horizontal.indices[column]) * channels;
          for (int64_t c = 0; c < channels; ++c) to[c] += static_cast<T>(gradients[c] * weight);
        }
      }
    }
  }
}

// (gradients, original image, ...) -> gradients of the original image
class ImageGradient : public Kernel {
 public:
  Status Compute(KernelContext& ctx) const override {
    const Tensor &gradients = ctx.input(0), &image = ctx.input(1);
    if (gradients.rank() != 4) return ModelError("input_grad must be 4-dimensional {}", gradients.shape().ToString());
    if (image.rank() != 4) return ModelError("original_image must be 4-dimensional {}", image.shape().ToString());
    const int64_t height = image.dim(1), width = image.dim(2);
    const int64_t out_height = gradients.dim(1), out_width = gradients.dim(2), channels = gradients.dim(3);
    if (height <= 0 || width <= 0 || out_height <= 0 || out_width <= 0) {
      return ModelError("images and their gradients must be of non-zero size, and are {} and {}",
                        image.shape().ToString(), gradients.shape().ToString());
    }
    const auto shape = Shape::Make(std::array{gradients.dim(0), height, width, channels});
    if (!shape.ok()) return ModelError("{}", shape.error().message());
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, image.dtype(), *shape));
    FillZero(*out);
    SMCLI_ASSIGN_OR_RETURN(const AxisSampling vertical, Sample(ctx, 0, height, out_height));
    SMCLI_ASSIGN_OR_RETURN(const AxisSampling horizontal, Sample(ctx, 1, width, out_width));
    if (shape->num_elements() == 0) return {};
    const auto spread = [&]<typename T>(T* sums) {
      const auto cost = static_cast<double>(out_height * out_width) * static_cast<double>(channels) * 4;
      const float* from = gradients.data<float>();
      ctx.pool().ParallelFor(gradients.dim(0), ThreadPool::GrainOf(cost), [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
          Spread(from + i * out_height * out_width * channels, vertical, out_height, horizontal, out_width, width,
                 channels, sums + i * height * width * channels);
        }
      });
    };
    if (image.dtype() == DataType::kDouble) {
      spread(out->mutable_data<double>());
    } else {
      spread(out->mutable_data<float>());
    }
    return {};
  }

 private:
  // Of the height (axis 0) or the width (1).
  virtual Result<AxisSampling> Sample(KernelContext& ctx, int axis, int64_t in, int64_t out) const = 0;
};

class ResizeGradient final : public ImageGradient {
 public:
  using Sampler = AxisSampling (*)(int64_t in, int64_t out, const PixelGrid& grid);

  template <AxisSampling (*kSampler)(int64_t, int64_t, const PixelGrid&)>
  static Result<std::unique_ptr<Kernel>> Make(const NodeInfo& node) {
    auto kernel = std::make_unique<ResizeGradient>();
    kernel->sampler_ = kSampler;
    SMCLI_ASSIGN_OR_RETURN(kernel->grid_.align_corners, node.attrs.Bool("align_corners"));
    kernel->grid_.half_pixel_centers = node.attrs.Bool("half_pixel_centers", false);
    return std::unique_ptr<Kernel>(std::move(kernel));
  }

 private:
  Result<AxisSampling> Sample(KernelContext&, int, int64_t in, int64_t out) const override {
    return sampler_(in, out, grid_);
  }

  Sampler sampler_ = nullptr;
  PixelGrid grid_;
};

// (gradients, original image, scale, translation), each of the last two (y, x)
class ScaleAndTranslateGradient final : public ImageGradient {
 public:
  static Result<std::unique_ptr<Kernel>> Make(const NodeInfo& node) {
    auto kernel = std::make_unique<ScaleAndTranslateGradient>();
    SMCLI_ASSIGN_OR_RETURN(const std::string type, node.attrs.String("kernel_type"));
    kernel->kernel_ = FindSamplingKernel(type);
    if (kernel->kernel_ == nullptr) return InvalidModelError("Unrecognized kernel type: {}", type);
    SMCLI_ASSIGN_OR_RETURN(kernel->antialias_, node.attrs.Bool("antialias"));
    return std::unique_ptr<Kernel>(std::move(kernel));
  }

 private:
  Result<AxisSampling> Sample(KernelContext& ctx, int axis, int64_t in, int64_t out) const override {
    const Tensor &scales = ctx.input(2), &translations = ctx.input(3);
    if (scales.num_elements() != 2 || translations.num_elements() != 2)
      return ModelError("scale and translation take two numbers");
    const float scale = scales.data<float>()[axis], translation = translations.data<float>()[axis];
    if (!(scale > 0)) return ModelError("Scale must be greater than zero.");
    if (!std::isfinite(translation)) return ModelError("translation must be finite");
    return SampleScaled(in, out, scale, translation, *kernel_, antialias_);
  }

  const SamplingKernel* kernel_ = nullptr;
  bool antialias_ = true;
};

// (gradients, size of the original image)
class ResizeNearestGradient final : public Kernel {
 public:
  static Result<ResizeNearestGradient> Make(const NodeInfo& node) {
    ResizeNearestGradient kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.grid_.align_corners, node.attrs.Bool("align_corners"));
    kernel.grid_.half_pixel_centers = node.attrs.Bool("half_pixel_centers", false);
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    const Tensor& gradients = ctx.input(0);
    if (gradients.rank() != 4) return ModelError("input must be 4-dimensional {}", gradients.shape().ToString());
    SMCLI_ASSIGN_OR_RETURN(const IntList size, VectorInts(ctx.input(1), "shape_t"));
    if (size.size() != 2) return ModelError("shape_t must have two elements, has {}", size.size());
    if (size[0] <= 0 || size[1] <= 0) return ModelError("shape_t's elements must be positive");
    const int64_t batch = gradients.dim(0), height = gradients.dim(1), width = gradients.dim(2);
    const int64_t channels = gradients.dim(3);
    if (height <= 0 || width <= 0) return ModelError("gradients must be of non-zero size");
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, CheckedShape(std::array{batch, size[0], size[1], channels}));
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, gradients.dtype(), shape));
    FillZero(*out);
    const std::vector<int64_t> rows = SampleNearest(size[0], height, grid_),
                               columns = SampleNearest(size[1], width, grid_);
    DispatchRealNumbers(gradients.dtype(), [&](auto tag) {
      using T = typename decltype(tag)::type;
      const T* from = gradients.data<T>();
      for (int64_t i = 0; i < batch * height; ++i) {
        const int64_t row = i / height * size[0] + rows[static_cast<size_t>(i % height)];
        for (int64_t x = 0; x < width; ++x) {
          T* to = out->mutable_data<T>() + (row * size[1] + columns[static_cast<size_t>(x)]) * channels;
          for (int64_t c = 0; c < channels; ++c, ++from) to[c] = Plus(to[c], *from);
        }
      }
    });
    return {};
  }

 private:
  PixelGrid grid_;
};

constexpr Op kOps[] = {
    {.name = "ResizeBicubicGrad",
     .types = {{{"T", DataType::kFloat | DataType::kDouble}}},
     .make = ResizeGradient::Make<SampleBicubic>,
     .tolerance = Tolerance::kRounding},
    {.name = "ResizeBilinearGrad",
     .types = {{{"T", kFloats}}},
     .make = ThroughFloat<ResizeGradient::Make<SampleBilinear>>,
     .tolerance = Tolerance::kRounding},
    {.name = "ResizeNearestNeighborGrad",
     .types = {{{"T", kRealNumbers}}},
     .make = MakeKernel<ResizeNearestGradient>,
     .tolerance = Tolerance::kRounding},
    {.name = "ScaleAndTranslateGrad",
     .types = {{{"T", DataType::kFloat}}},
     .make = ScaleAndTranslateGradient::Make,
     .tolerance = Tolerance::kRounding},
};

}  // namespace

std::span<const Op> ImageResizeGradientOps() { return kOps; }

}  // namespace smcli
