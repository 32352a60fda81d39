// ImageProjectiveTransformV2 and V3: each output pixel is read where a projective map puts it in the input
// (kernels/image/image_ops.h of TensorFlow).
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "ops/expect.h"
#include "ops/int_args.h"
#include "ops/op.h"

namespace smcli {
namespace {

enum class Fill { kReflect, kWrap, kConstant, kNearest };

// Where a coordinate outside of [0, size) is read instead.
float Inside(Fill fill, float place, int64_t size) {
  const auto last = static_cast<float>(size - 1);
  const auto length = static_cast<float>(size);
  if (fill == Fill::kConstant) return place;
  if (fill == Fill::kNearest || size <= 1 || !std::isfinite(place)) return place >= 0 ? std::min(place, last) : 0.0f;
  if (place >= 0 && place <= last) return place;
  if (fill == Fill::kReflect) {  // dcba|abcd|dcba
    const float period = 2 * length;
    if (place < 0) {
      if (place < period) place += period * std::trunc(-place / period);
      place = place < -length ? place + period : -place - 1;
    } else {
      place -= period * std::trunc(place / period);
      if (place >= length) place = period - place - 1;
    }
  } else {  // abcd|abcd|abcd
    const float period = last;
    place += place < 0 ? length * (std::trunc(-place / period) + 1) : -length * std::trunc(place / period);
  }
  return std::clamp(place, 0.0f, last);
}

class ImageProjectiveTransform final : public Kernel {
 public:
  static Result<ImageProjectiveTransform> Make(const NodeInfo& node) {
    ImageProjectiveTransform kernel;
    SMCLI_ASSIGN_OR_RETURN(const std::string interpolation, node.attrs.String("interpolation"));
    SMCLI_ASSIGN_OR_RETURN(const std::string fill, node.attrs.String("fill_mode"));
    if (interpolation != "NEAREST" && interpolation != "BILINEAR") {
      return ModelError("interpolation must be NEAREST or BILINEAR, got '{}'", interpolation);
    }
    kernel.bilinear_ = interpolation == "BILINEAR";
    if (fill == "REFLECT") {
      kernel.fill_ = Fill::kReflect;
    } else if (fill == "WRAP") {
      kernel.fill_ = Fill::kWrap;
    } else if (fill == "NEAREST") {
      kernel.fill_ = Fill::kNearest;
    } else if (fill != "CONSTANT") {
      return ModelError("fill_mode must be REFLECT, WRAP, CONSTANT or NEAREST, got '{}'", fill);
    }
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    const Tensor& images = ctx.input(0);
    const Tensor& transforms = ctx.input(1);
    SMCLI_RETURN_IF_ERROR(ExpectRank(images, 4, "images"));
    const bool one = transforms.rank() == 2 && transforms.dim(0) == 1;
    if (transforms.rank() != 2 || transforms.dim(1) != 8 || (!one && transforms.dim(0) != images.dim(0))) {
      return ModelError("transforms should be num_images x 8 or 1 x 8, got {}", transforms.shape().ToString());
    }
    SMCLI_ASSIGN_OR_RETURN(const IntList size, VectorInts(ctx.input(2), "output_shape"));
    if (size.size() != 2 || size[0] <= 0 || size[1] <= 0)
      return ModelError("output_shape must be two positive numbers");
    float filling = 0;
    if (ctx.num_inputs() > 3) {
      SMCLI_ASSIGN_OR_RETURN(filling, ScalarOf<float>(ctx.input(3), "fill_value"));
    }
    const int64_t dims[] = {images.dim(0), size[0], size[1], images.dim(3)};
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, CheckedShape(dims));
    SMCLI_ASSIGN_OR_RETURN(Tensor * output, ctx.Allocate(0, images.dtype(), shape));
    const int64_t image = images.dim(1) * images.dim(2) * images.dim(3);
    DispatchRealNumbers(images.dtype(), [&](auto tag) {
      using T = typename decltype(tag)::type;
      T* out = output->mutable_data<T>();
      const int64_t row = size[1] * images.dim(3);
      ctx.pool().ParallelFor(images.dim(0) * size[0], 16, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
          const int64_t b = i / size[0];
          const float* transform = transforms.data<float>() + (one ? 0 : b * 8);
          Row(images.data<T>() + b * image, images.shape(), transform, i % size[0], size[1], filling, out + i * row);
        }
      });
    });
    return {};
  }

 private:
  template <typename T>
  static T Stored(float value) {
    if constexpr (std::is_integral_v<T>) {
      const auto wide = static_cast<double>(value);
      if (wide >= static_cast<double>(std::numeric_limits<T>::max())) return std::numeric_limits<T>::max();
      return wide > static_cast<double>(std::numeric_limits<T>::lowest()) ? static_cast<T>(wide)
                                                                          : std::numeric_limits<T>::lowest();
    } else {
      return T(value);
    }
  }

  template <typename T>
  void Row(const T* image, const Shape& shape, const float* t, int64_t y, int64_t width, float filling, T* out) const {
    const int64_t rows = shape.dim(1), columns = shape.dim(2), depth = shape.dim(3);
    const auto fy = static_cast<float>(y);
    // Null outside of the image.
    const auto pixel = [&](float row, float column) -> const T* {
      const bool there =
          row >= 0 && row < static_cast<float>(rows) && column >= 0 && column < static_cast<float>(columns);
      return there ? image + (static_cast<int64_t>(row) * columns + static_cast<int64_t>(column)) * depth : nullptr;
    };
    const auto value = [&](const T* at, int64_t c) { return at ? static_cast<float>(at[c]) : filling; };
    for (int64_t x = 0; x < width; ++x, out += depth) {
      const auto fx = static_cast<float>(x);
      const float projection = t[6] * fx + t[7] * fy + 1.0f;
      if (projection == 0) {
        std::fill_n(out, depth, Stored<T>(filling));
        continue;
      }
      const float column = Inside(fill_, (t[0] * fx + t[1] * fy + t[2]) / projection, columns);
      const float row = Inside(fill_, (t[3] * fx + t[4] * fy + t[5]) / projection, rows);
      if (!bilinear_) {
        const T* nearest = pixel(std::round(row), std::round(column));
        for (int64_t c = 0; c < depth; ++c) out[c] = nearest ? nearest[c] : Stored<T>(filling);
        continue;
      }
      const float top = std::floor(row), left = std::floor(column);
      const float bottom = top + 1, right = left + 1;
      const T* corners[] = {pixel(top, left), pixel(top, right), pixel(bottom, left), pixel(bottom, right)};
      for (int64_t c = 0; c < depth; ++c) {
        const float upper = (right - column) * value(corners[0], c) + (column - left) * value(corners[1], c);
        const float lower = (right - column) * value(corners[2], c) + (column - left) * value(corners[3], c);
        out[c] = Stored<T>((bottom - row) * upper + (row - top) * lower);
      }
    }
  }

  bool bilinear_ = false;
  Fill fill_ = Fill::kConstant;
};

constexpr DataTypeSet kPixels = kFloats | DataType::kUint8 | kIndexTypes;

constexpr Op kOps[] = {
    {.name = "ImageProjectiveTransformV2",
     .types = {{{"dtype", kPixels}}},
     .make = MakeKernel<ImageProjectiveTransform>},
    {.name = "ImageProjectiveTransformV3",
     .types = {{{"dtype", kPixels}}},
     .make = MakeKernel<ImageProjectiveTransform>},
};

}  // namespace

std::span<const Op> ImageTransformOps() { return kOps; }

}  // namespace smcli
