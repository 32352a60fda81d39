// QuantizedResizeBilinear: bytes in 7 bits after the point, int32 in 30, as TensorFlow's kernel has it; floats as they
// are.
#include <cmath>
#include <vector>

#include "ops/image_sampling.h"
#include "ops/int_args.h"
#include "ops/op.h"
#include "ops/quantized_range.h"

namespace smcli {
namespace {

// The two pixels that each output pixel of an axis lies between, and how far from the first.
struct Between {
  std::vector<int64_t> low, high;
  std::vector<float> part;

  Between(int64_t in, int64_t out, const PixelGrid& grid, bool half_pixels) {
    // The scale knows nothing of half pixels.
    const float scale = grid.Scale(in, out);
    for (int64_t i = 0; i < out; ++i) {
      const float at = half_pixels ? (static_cast<float>(i) + 0.5f) * scale - 0.5f : static_cast<float>(i) * scale;
      const int64_t next = std::min(static_cast<int64_t>(std::ceil(at)), in - 1);
      low.push_back(std::min(std::max<int64_t>(static_cast<int64_t>(std::floor(at)), 0), next));
      high.push_back(next);
      part.push_back(at - std::floor(at));
    }
  }
};

// In 16 bits.
uint8_t InterpolateBytes(uint8_t a, uint8_t b, uint8_t c, uint8_t d, float across, float down) {
  constexpr int kOne = 1 << 7;
  const auto fixed = [](float part) { return static_cast<int>(part * static_cast<float>(kOne)); };
  const int top = a * kOne + (b - a) * fixed(across), bottom = c * kOne + (d - c) * fixed(across);
  const auto out = static_cast<int16_t>(top + (bottom - top) / kOne * fixed(down));
  return static_cast<uint8_t>((out + kOne / 2) / kOne);
}
// In 64 bits; the pixels come as floats.
int32_t InterpolateWords(int32_t a, int32_t b, int32_t c, int32_t d, float across, float down) {
  constexpr int64_t kOne = int64_t{1} << 30;
  const auto fixed = [](float part) { return static_cast<int64_t>(part * static_cast<float>(kOne)); };
  const auto pixel = [](int32_t value) { return static_cast<int64_t>(static_cast<float>(value)); };
  const auto line = [&](int64_t from, int64_t to) { return from * kOne + (to - from) * fixed(across); };
  const int64_t top = line(pixel(a), pixel(b)), bottom = line(pixel(c), pixel(d));
  const int64_t out = top + (bottom - top) / kOne * fixed(down);
  return static_cast<int32_t>((out + kOne / 2) / kOne);
}
float InterpolateFloats(float a, float b, float c, float d, float across, float down) {
  const float top = a + (b - a) * across, bottom = c + (d - c) * across;
  return top + (bottom - top) * down;
}

// (images, size, min, max)
class QuantizedResize final : public Kernel {
 public:
  static Result<QuantizedResize> Make(const NodeInfo& node) {
    QuantizedResize kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.grid_.align_corners, node.attrs.Bool("align_corners"));
    SMCLI_ASSIGN_OR_RETURN(kernel.half_pixels_, node.attrs.Bool("half_pixel_centers"));
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    const Tensor& images = ctx.input(0);
    SMCLI_ASSIGN_OR_RETURN(const QuantizedRange range, QuantizedRange::Of(ctx, 2, 3));
    if (images.rank() != 4) return ModelError("input must be 4-dimensional {}", images.shape().ToString());
    SMCLI_ASSIGN_OR_RETURN(const IntList size, VectorInts(ctx.input(1), "size"));
    if (size.size() != 2 || size[0] <= 0 || size[1] <= 0) return ModelError("size must be two positive numbers");
    if (images.dim(1) <= 0 || images.dim(2) <= 0) return ModelError("input image must be of non-zero size");
    const std::array dims{images.dim(0), size[0], size[1], images.dim(3)};
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, CheckedShape(dims));
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, images.dtype(), shape));
    range.Put(ctx, 1);
    if (shape == images.shape()) {
      ctx.set_output(0, images);
      return {};
    }
    if (images.dtype() == DataType::kFloat) {
      Run<float>(images, InterpolateFloats, *out);
    } else if (images.dtype() == DataType::kQint32) {
      Run<int32_t>(images, InterpolateWords, *out);
    } else {
      Run<uint8_t>(images, InterpolateBytes, *out);
    }
    return {};
  }

 private:
  template <typename T, typename F>
  void Run(const Tensor& images, const F& interpolate, Tensor& out) const {
    const int64_t height = images.dim(1), width = images.dim(2), channels = images.dim(3);
    const Between rows(height, out.dim(1), grid_, half_pixels_);
    const Between columns(width, out.dim(2), grid_, half_pixels_);
    T* to = out.mutable_data<T>();
    for (int64_t b = 0; b < out.dim(0); ++b) {
      const T* image = images.data<T>() + b * height * width * channels;
      for (size_t y = 0; y < rows.low.size(); ++y) {
        for (size_t x = 0; x < columns.low.size(); ++x) {
          for (int64_t c = 0; c < channels; ++c) {
            const auto at = [&](int64_t row, int64_t column) { return image[(row * width + column) * channels + c]; };
            *to++ = interpolate(at(rows.low[y], columns.low[x]), at(rows.low[y], columns.high[x]),
                                at(rows.high[y], columns.low[x]), at(rows.high[y], columns.high[x]), columns.part[x],
                                rows.part[y]);
          }
        }
      }
    }
  }

  PixelGrid grid_;
  bool half_pixels_ = false;
};

constexpr Op kOps[] = {
    {.name = "QuantizedResizeBilinear",
     .types = {{{"T", DataType::kQuint8 | DataType::kQint32 | DataType::kFloat}}},
     .make = MakeKernel<QuantizedResize>},
};

}  // namespace

std::span<const Op> QuantizedResizeOps() { return kOps; }

}  // namespace smcli
