// ResizeBilinearGrad and ResizeBicubicGrad: each gradient goes back to the pixels that its output pixel was made of, by
// the same weights.
#include "ops/image_sampling.h"
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

// (gradients, original image) -> gradients of the original image
class ResizeGradient final : public Kernel {
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
    if (shape->num_elements() == 0) return {};
    const AxisSampling vertical = sampler_(height, out_height, grid_), horizontal = sampler_(width, out_width, grid_);
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
  Sampler sampler_ = nullptr;
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
};

}  // namespace

std::span<const Op> ImageResizeGradientOps() { return kOps; }

}  // namespace smcli
