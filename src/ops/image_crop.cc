// CropAndResize, DrawBoundingBoxes, ExtractGlimpse: parts of images, given by boxes and places.
#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <vector>

#include "ops/expect.h"
#include "ops/image_sampling.h"
#include "ops/int_args.h"
#include "ops/op.h"

namespace smcli {
namespace {

// Truncated, and kept where int64 arithmetic on it is safe.
int64_t ToPixel(double place) {
  constexpr double kFar = 1e15;
  return std::isnan(place) ? 0 : static_cast<int64_t>(std::clamp(place, -kFar, kFar));
}

class CropAndResize final : public Kernel {
 public:
  static Result<CropAndResize> Make(const NodeInfo& node) {
    CropAndResize kernel;
    SMCLI_ASSIGN_OR_RETURN(const std::string method, node.attrs.String("method"));
    if (method != "bilinear" && method != "nearest")
      return ModelError("method must be bilinear or nearest, got '{}'", method);
    kernel.nearest_ = method == "nearest";
    SMCLI_ASSIGN_OR_RETURN(kernel.extrapolation_, node.attrs.Float("extrapolation_value"));
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    const Tensor& image = ctx.input(0);
    const Tensor& boxes = ctx.input(1);
    const Tensor& owners = ctx.input(2);
    SMCLI_RETURN_IF_ERROR(ExpectRank(image, 4, "image"));
    if (image.dim(1) <= 0 || image.dim(2) <= 0) return ModelError("image dimensions must be positive");
    if (image.dim(3) <= 0) return ModelError("image must have at least one channel");
    SMCLI_RETURN_IF_ERROR(ExpectMatrix(boxes, "boxes"));
    if (boxes.dim(1) != 4) return ModelError("boxes must have 4 columns, got {}", boxes.dim(1));
    if (!(owners.shape() == Shape{boxes.dim(0)}))
      return ModelError("box_index has incompatible shape {}", owners.shape().ToString());
    if (!std::ranges::all_of(boxes.flat<float>(), [](float side) { return std::isfinite(side); }))
      return ModelError("boxes contains an element that is not finite");
    SMCLI_ASSIGN_OR_RETURN(const IntList size, VectorInts(ctx.input(3), "crop_size"));
    if (size.size() != 2 || size[0] <= 0 || size[1] <= 0) return ModelError("crop_size must be two positive numbers");
    for (int64_t b = 0; b < boxes.dim(0); ++b) {
      const int32_t owner = owners.data<int32_t>()[b];
      if (owner < 0 || owner >= image.dim(0))
        return ModelError("box_index has values outside [0, batch_size): {}", owner);
    }
    const int64_t dims[] = {boxes.dim(0), size[0], size[1], image.dim(3)};
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, CheckedShape(dims));
    SMCLI_ASSIGN_OR_RETURN(Tensor * crops, ctx.Allocate(0, DataType::kFloat, shape));
    float* out = crops->mutable_data<float>();
    DispatchRealNumbers(image.dtype(), [&](auto tag) {
      using T = typename decltype(tag)::type;
      const int64_t pixels = size[0] * size[1] * image.dim(3);
      ctx.pool().ParallelFor(boxes.dim(0), 4, [&](int64_t begin, int64_t end) {
        for (int64_t b = begin; b < end; ++b) {
          const T* source = image.data<T>() + owners.data<int32_t>()[b] * (image.dim(1) * image.dim(2) * image.dim(3));
          Crop(source, image.shape(), boxes.data<float>() + b * 4, size, out + b * pixels);
        }
      });
    });
    return {};
  }

 private:
  template <typename T>
  void Crop(const T* source, const Shape& image, const float* box, const IntList& size, float* out) const {
    const int64_t depth = image.dim(3);
    const CropAxis rows(box[0], box[2], image.dim(1), size[0]);
    const CropAxis columns(box[1], box[3], image.dim(2), size[1]);
    const auto pixel = [&](int64_t y, int64_t x) { return source + (y * columns.size + x) * depth; };
    for (int64_t i = 0; i < size[0]; ++i) {
      const float y = rows.At(i);
      for (int64_t j = 0; j < size[1]; ++j, out += depth) {
        const float x = columns.At(j);
        if (!rows.Inside(y) || !columns.Inside(x)) {
          std::fill_n(out, depth, extrapolation_);
        } else if (nearest_) {
          const T* from = pixel(static_cast<int64_t>(std::round(y)), static_cast<int64_t>(std::round(x)));
          std::transform(from, from + depth, out, [](T value) { return static_cast<float>(value); });
        } else {
          Interpolate(pixel, y, x, depth, out);
        }
      }
    }
  }

  template <typename Pixel>
  static void Interpolate(const Pixel& pixel, float y, float x, int64_t depth, float* out) {
    const auto top = static_cast<int64_t>(std::floor(y)), bottom = static_cast<int64_t>(std::ceil(y));
    const auto left = static_cast<int64_t>(std::floor(x)), right = static_cast<int64_t>(std::ceil(x));
    const float down = y - static_cast<float>(top);
    const float across = x - static_cast<float>(left);
    for (int64_t d = 0; d < depth; ++d) {
      const auto value = [&](int64_t row, int64_t column) { return static_cast<float>(pixel(row, column)[d]); };
      const float upper = value(top, left) + (value(top, right) - value(top, left)) * across;
      const float lower = value(bottom, left) + (value(bottom, right) - value(bottom, left)) * across;
      out[d] = upper + (lower - upper) * down;
    }
  }

  bool nearest_ = false;
  float extrapolation_ = 0;
};

using Color = std::array<float, 4>;

// TensorFlow's palette, used in turn.
constexpr Color kPalette[] = {{1, 1, 0, 1},     {0, 0, 1, 1},   {1, 0, 0, 1},   {0, 1, 0, 1}, {0.5, 0, 0.5, 1},
                              {0.5, 0.5, 0, 1}, {0.5, 0, 0, 1}, {0, 0, 0.5, 1}, {0, 1, 1, 1}, {1, 0, 1, 1}};

Result<std::vector<Color>> Colors(const Tensor* given, int64_t depth) {
  std::vector<Color> colors(std::begin(kPalette), std::end(kPalette));
  if (depth == 1) {
    for (Color& color : colors) color[0] = 1;
  }
  if (given == nullptr || given->num_elements() == 0) return colors;
  SMCLI_RETURN_IF_ERROR(ExpectMatrix(*given, "colors"));
  if (given->dim(1) < depth) return ModelError("colors must have at least {} columns, got {}", depth, given->dim(1));
  colors.clear();
  for (int64_t i = 0; i < given->dim(0); ++i) {
    Color& color = colors.emplace_back();
    std::copy_n(given->data<float>() + i * given->dim(1), std::min<int64_t>(given->dim(1), 4), color.begin());
  }
  return colors;
}

// One image under one box, a line of one pixel.
template <typename T>
void DrawBox(T* image, int64_t height, int64_t width, int64_t depth, const float* box, const Color& color) {
  const int64_t top = ToPixel(box[0] * static_cast<float>(height - 1));
  const int64_t bottom = ToPixel(box[2] * static_cast<float>(height - 1));
  const int64_t left = ToPixel(box[1] * static_cast<float>(width - 1));
  const int64_t right = ToPixel(box[3] * static_cast<float>(width - 1));
  if (top > bottom || left > right || top >= height || bottom < 0 || left >= width || right < 0) return;
  const auto paint = [&](int64_t y, int64_t x) {
    for (int64_t c = 0; c < depth; ++c) image[(y * width + x) * depth + c] = T(color[static_cast<size_t>(c)]);
  };
  for (int64_t x = std::max<int64_t>(left, 0); x <= std::min(right, width - 1); ++x) {
    if (top >= 0) paint(top, x);
    if (bottom < height) paint(bottom, x);
  }
  for (int64_t y = std::max<int64_t>(top, 0); y <= std::min(bottom, height - 1); ++y) {
    if (left >= 0) paint(y, left);
    if (right < width) paint(y, right);
  }
}

Status DrawBoundingBoxes(KernelContext& ctx) {
  const Tensor& images = ctx.input(0);
  const Tensor& boxes = ctx.input(1);
  SMCLI_RETURN_IF_ERROR(ExpectRank(images, 4, "images"));
  SMCLI_RETURN_IF_ERROR(ExpectRank(boxes, 3, "boxes"));
  if (images.dim(0) != boxes.dim(0)) return ModelError("{} images and boxes for {}", images.dim(0), boxes.dim(0));
  if (boxes.dim(2) != 4) return ModelError("boxes must have 4 columns, got {}", boxes.dim(2));
  const int64_t height = images.dim(1), width = images.dim(2), depth = images.dim(3);
  if (depth != 1 && depth != 3 && depth != 4) return ModelError("images must have 1, 3 or 4 channels, got {}", depth);
  SMCLI_ASSIGN_OR_RETURN(const std::vector<Color> colors,
                         Colors(ctx.num_inputs() > 2 ? &ctx.input(2) : nullptr, depth));
  SMCLI_ASSIGN_OR_RETURN(Tensor drawn, images.Clone());
  const auto draw = [&]<typename T>(T* image) {
    for (int64_t b = 0; b < boxes.dim(0); ++b, image += height * width * depth) {
      for (int64_t i = 0; i < boxes.dim(1); ++i) {
        const float* box = boxes.data<float>() + (b * boxes.dim(1) + i) * 4;
        DrawBox(image, height, width, depth, box, colors[static_cast<size_t>(i) % colors.size()]);
      }
    }
  };
  if (height > 0 && width > 0) {
    if (images.dtype() == DataType::kHalf) {
      draw(drawn.mutable_data<Half>());
    } else {
      draw(drawn.mutable_data<float>());
    }
  }
  ctx.set_output(0, std::move(drawn));
  return {};
}

// What lies outside of the image is noise; its values are not determined but for "zero".
class ExtractGlimpse final : public Kernel {
 public:
  static Result<ExtractGlimpse> Make(const NodeInfo& node) {
    ExtractGlimpse kernel;
    kernel.first_version_ = node.op == "ExtractGlimpse";
    SMCLI_ASSIGN_OR_RETURN(kernel.centered_, node.attrs.Bool("centered"));
    SMCLI_ASSIGN_OR_RETURN(kernel.normalized_, node.attrs.Bool("normalized"));
    SMCLI_ASSIGN_OR_RETURN(const bool uniform, node.attrs.Bool("uniform_noise"));
    SMCLI_ASSIGN_OR_RETURN(kernel.noise_, node.attrs.String("noise"));
    if (uniform && !kernel.noise_.empty() && kernel.noise_ != "uniform") {
      return ModelError("the uniform_noise and noise should not be specified at the same time");
    }
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    const Tensor& input = ctx.input(0);
    const Tensor& offsets = ctx.input(2);
    SMCLI_RETURN_IF_ERROR(ExpectRank(input, 4, "input"));
    SMCLI_ASSIGN_OR_RETURN(const IntList size, VectorInts(ctx.input(1), "size"));
    if (size.size() != 2 || size[0] <= 0 || size[1] <= 0) return ModelError("size must be two positive numbers");
    if (!(offsets.shape() == Shape{input.dim(0), 2})) {
      return ModelError("offsets must have shape [{},2], got {}", input.dim(0), offsets.shape().ToString());
    }
    const int64_t dims[] = {input.dim(0), size[0], size[1], input.dim(3)};
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, CheckedShape(dims));
    SMCLI_ASSIGN_OR_RETURN(Tensor * output, ctx.Allocate(0, DataType::kFloat, shape));
    if (input.num_elements() == 0 && shape.num_elements() > 0) return ModelError("input must not be empty");
    const int64_t depth = input.dim(3);
    std::minstd_rand noise;
    float* out = output->mutable_data<float>();
    for (int64_t b = 0; b < input.dim(0); ++b) {
      const float* image = input.data<float>() + b * input.dim(1) * input.dim(2) * depth;
      const int64_t top = Start(offsets.data<float>()[b * 2], input.dim(1), size[0]);
      const int64_t left = Start(offsets.data<float>()[b * 2 + 1], input.dim(2), size[1]);
      for (int64_t y = top; y < top + size[0]; ++y) {
        for (int64_t x = left; x < left + size[1]; ++x, out += depth) {
          const bool inside = y >= 0 && y < input.dim(1) && x >= 0 && x < input.dim(2);
          for (int64_t c = 0; c < depth; ++c) {
            out[c] = inside ? image[(y * input.dim(2) + x) * depth + c] : Noise(noise);
          }
        }
      }
    }
    return {};
  }

 private:
  // The first row (column) of a window of `window` in an image of `size`.
  int64_t Start(float offset, int64_t size, int64_t window) const {
    const auto image_size = static_cast<float>(size);
    const float half_window = static_cast<float>(window) / 2.0f;
    if (normalized_) offset *= image_size;
    if (first_version_) {
      if (centered_) offset = offset / 2.0f + image_size / 2.0f;
      offset -= half_window;
    } else if (centered_) {
      offset = normalized_ ? offset / 2.0f + image_size / 2.0f - half_window : offset + image_size / 2.0f;
    }
    return ToPixel(offset);
  }

  float Noise(std::minstd_rand& generator) const {
    if (noise_ == "zero") return 0;
    if (noise_ == "gaussian") return std::normal_distribution<float>()(generator);
    return std::uniform_real_distribution<float>()(generator);
  }

  bool first_version_ = false;
  bool centered_ = true;
  bool normalized_ = true;
  std::string noise_;
};

constexpr Op kOps[] = {
    {.name = "CropAndResize", .types = {{{"T", kFloats | kInts}}}, .make = MakeKernel<CropAndResize>},
    {.name = "DrawBoundingBoxes", .types = {}, .make = MakeFunctionKernel<DrawBoundingBoxes>},
    {.name = "DrawBoundingBoxesV2", .types = {}, .make = MakeFunctionKernel<DrawBoundingBoxes>},
    {.name = "ExtractGlimpse", .types = {}, .make = MakeKernel<ExtractGlimpse>, .pure = false},
    {.name = "ExtractGlimpseV2", .types = {}, .make = MakeKernel<ExtractGlimpse>, .pure = false},
};

}  // namespace

std::span<const Op> ImageCropOps() { return kOps; }

}  // namespace smcli
