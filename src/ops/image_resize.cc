// ResizeBilinear, ResizeBicubic, ResizeArea, ScaleAndTranslate and ResizeNearestNeighbor. Images are [batch, height,
// width, channels]; all but the last answer in float, whatever the input's type.
#include <cmath>

#include "ops/image_sampling.h"
#include "ops/op.h"

namespace smcli {
namespace {

struct ImageSize {
  int64_t height, width;
};

Status CheckImages(const Tensor& images) {
  if (images.rank() != 4) return ModelError("input must be 4-dimensional {}", images.shape().ToString());
  if (images.dim(1) <= 0 || images.dim(2) <= 0) return ModelError("input image must be of non-zero size");
  return {};
}

Result<ImageSize> WantedSize(const Tensor& size) {
  if (size.rank() != 1 || size.dim(0) != 2) return ModelError("shape_t must be 1-dimensional with two elements");
  const int32_t height = size.data<int32_t>()[0], width = size.data<int32_t>()[1];
  if (height <= 0 || width <= 0) return ModelError("output dimensions must be positive");
  return ImageSize{height, width};
}

Result<Shape> OutputShape(const Tensor& images, const ImageSize& size) {
  auto shape = Shape::Make(std::array{images.dim(0), size.height, size.width, images.dim(3)});
  if (!shape.ok()) return ModelError("{}", shape.error().message());
  return shape;
}

// One output row: input rows summed by the vertical weights, then pixels by the horizontal ones.
template <typename T>
void ResampleRow(const T* image, int64_t in_width, int64_t channels, const AxisSampling& vertical, int64_t row,
                 const AxisSampling& horizontal, int64_t out_width, std::vector<float>& line, float* out) {
  const auto row_size = static_cast<size_t>(in_width * channels);
  line.assign(row_size, 0.0f);
  for (int64_t tap = 0; tap < vertical.taps; ++tap) {
    const auto at = static_cast<size_t>(row * vertical.taps + tap);
    const float weight = vertical.weights[at];
    if (weight == 0.0f) continue;
    const T* from = image + vertical.indices[at] * in_width * channels;
    for (size_t i = 0; i < row_size; ++i) line[i] += weight * static_cast<float>(from[i]);
  }
  for (int64_t x = 0; x < out_width; ++x) {
    float* to = out + x * channels;
    std::fill_n(to, channels, 0.0f);
    for (int64_t tap = 0; tap < horizontal.taps; ++tap) {
      const auto at = static_cast<size_t>(x * horizontal.taps + tap);
      const float weight = horizontal.weights[at];
      if (weight == 0.0f) continue;
      const float* from = line.data() + horizontal.indices[at] * channels;
      for (int64_t c = 0; c < channels; ++c) to[c] += weight * from[c];
    }
  }
}

Status Resample(KernelContext& ctx, const ImageSize& size, const AxisSampling& vertical,
                const AxisSampling& horizontal) {
  const Tensor& images = ctx.input(0);
  SMCLI_ASSIGN_OR_RETURN(const Shape shape, OutputShape(images, size));
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, DataType::kFloat, shape));
  const int64_t in_height = images.dim(1), in_width = images.dim(2), channels = images.dim(3);
  const int64_t out_row = size.width * channels;
  const double row_cost = static_cast<double>(vertical.taps * in_width * channels + horizontal.taps * out_row);
  DispatchRealNumbers(images.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    const T* from = images.data<T>();
    float* to = out->mutable_data<float>();
    ctx.pool().ParallelFor(images.dim(0) * size.height, ThreadPool::GrainOf(row_cost), [&](int64_t begin, int64_t end) {
      std::vector<float> line;
      for (int64_t i = begin; i < end; ++i) {
        const T* image = from + i / size.height * in_height * in_width * channels;
        ResampleRow(image, in_width, channels, vertical, i % size.height, horizontal, size.width, line,
                    to + i * out_row);
      }
    });
  });
  return {};
}

Result<PixelGrid> GridOf(const NodeInfo& node) {
  PixelGrid grid;
  constexpr std::string_view kFused = "resize_align_corners";
  SMCLI_ASSIGN_OR_RETURN(grid.align_corners, node.attrs.Bool(node.attrs.Has(kFused) ? kFused : "align_corners"));
  grid.half_pixel_centers = node.attrs.Bool("half_pixel_centers", false);
  if (grid.align_corners && grid.half_pixel_centers) {
    return InvalidModelError("If half_pixel_centers is True, align_corners must be False.");
  }
  return grid;
}

// Before the samples along each axis are worked out: is there room for the images?
Status CheckFits(const Tensor& images, const ImageSize& size) {
  SMCLI_ASSIGN_OR_RETURN(const Shape shape, OutputShape(images, size));
  SMCLI_RETURN_IF_ERROR(Tensor::Make(DataType::kFloat, shape));
  return {};
}

// (images, size)
class Resize final : public Kernel {
 public:
  using Sampler = AxisSampling (*)(int64_t in, int64_t out, const PixelGrid& grid);

  template <AxisSampling (*kSampler)(int64_t, int64_t, const PixelGrid&)>
  static Result<std::unique_ptr<Kernel>> Make(const NodeInfo& node) {
    auto kernel = std::make_unique<Resize>();
    kernel->sampler_ = kSampler;
    SMCLI_ASSIGN_OR_RETURN(kernel->grid_, GridOf(node));
    return std::unique_ptr<Kernel>(std::move(kernel));
  }

  Status Compute(KernelContext& ctx) const override {
    const Tensor& images = ctx.input(0);
    SMCLI_RETURN_IF_ERROR(CheckImages(images));
    SMCLI_ASSIGN_OR_RETURN(const ImageSize size, WantedSize(ctx.input(1)));
    SMCLI_RETURN_IF_ERROR(CheckFits(images, size));
    return Resample(ctx, size, sampler_(images.dim(1), size.height, grid_), sampler_(images.dim(2), size.width, grid_));
  }

 private:
  Sampler sampler_ = nullptr;
  PixelGrid grid_;
};

// (images, size, scale, translation), each of the last two (y, x)
class ScaleAndTranslate final : public Kernel {
 public:
  static Result<ScaleAndTranslate> Make(const NodeInfo& node) {
    ScaleAndTranslate kernel;
    SMCLI_ASSIGN_OR_RETURN(const std::string type, node.attrs.String("kernel_type"));
    kernel.kernel_ = FindSamplingKernel(type);
    if (kernel.kernel_ == nullptr) return InvalidModelError("Unrecognized kernel type: {}", type);
    SMCLI_ASSIGN_OR_RETURN(kernel.antialias_, node.attrs.Bool("antialias"));
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    const Tensor &images = ctx.input(0), &scale = ctx.input(2), &translation = ctx.input(3);
    SMCLI_RETURN_IF_ERROR(CheckImages(images));
    SMCLI_ASSIGN_OR_RETURN(const ImageSize size, WantedSize(ctx.input(1)));
    if (scale.num_elements() != 2 || translation.num_elements() != 2)
      return ModelError("scale and translation take two numbers");
    const float *s = scale.data<float>(), *t = translation.data<float>();
    if (!(s[0] > 0) || !(s[1] > 0)) return ModelError("Scale must be greater than zero.");
    if (!std::isfinite(t[0]) || !std::isfinite(t[1])) return ModelError("translation must be finite");
    SMCLI_RETURN_IF_ERROR(CheckFits(images, size));
    return Resample(ctx, size, SampleScaled(images.dim(1), size.height, s[0], t[0], *kernel_, antialias_),
                    SampleScaled(images.dim(2), size.width, s[1], t[1], *kernel_, antialias_));
  }

 private:
  const SamplingKernel* kernel_ = nullptr;
  bool antialias_ = true;
};

class ResizeNearest final : public Kernel {
 public:
  static Result<ResizeNearest> Make(const NodeInfo& node) {
    ResizeNearest kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.grid_, GridOf(node));
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    const Tensor& images = ctx.input(0);
    SMCLI_RETURN_IF_ERROR(CheckImages(images));
    SMCLI_ASSIGN_OR_RETURN(const ImageSize size, WantedSize(ctx.input(1)));
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, OutputShape(images, size));
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, images.dtype(), shape));
    const std::vector<int64_t> rows = SampleNearest(images.dim(1), size.height, grid_),
                               columns = SampleNearest(images.dim(2), size.width, grid_);
    const int64_t width = images.dim(2), pixel = images.dim(3) * SizeOf(images.dtype());
    const char* from = static_cast<const char*>(images.raw_data());
    char* to = static_cast<char*>(out->mutable_raw_data());
    if (pixel == 0) return {};
    for (int64_t i = 0; i < images.dim(0) * size.height; ++i) {
      const int64_t row = i / size.height * images.dim(1) + rows[static_cast<size_t>(i % size.height)];
      for (int64_t x = 0; x < size.width; ++x) {
        std::memcpy(to, from + (row * width + columns[static_cast<size_t>(x)]) * pixel, static_cast<size_t>(pixel));
        to += pixel;
      }
    }
    return {};
  }

 private:
  PixelGrid grid_;
};

constexpr Op kOps[] = {
    {.name = "ResizeArea",
     .types = {{{"T", kRealNumbers}}},
     .make = Resize::Make<SampleArea>,
     .tolerance = Tolerance::kRounding},
    {.name = "ResizeBicubic",
     .types = {{{"T", kRealNumbers}}},
     .make = Resize::Make<SampleBicubic>,
     .tolerance = Tolerance::kRounding},
    {.name = "ResizeBilinear",
     .types = {{{"T", kRealNumbers}}},
     .make = Resize::Make<SampleBilinear>,
     .tolerance = Tolerance::kRounding},
    {.name = "ResizeNearestNeighbor", .types = {{{"T", kRealNumbers}}}, .make = MakeKernel<ResizeNearest>},
    {.name = "ScaleAndTranslate",
     .types = {{{"T", kRealNumbers}}},
     .make = MakeKernel<ScaleAndTranslate>,
     .tolerance = Tolerance::kRounding},
};

}  // namespace

std::span<const Op> ImageResizeOps() { return kOps; }

}  // namespace smcli
