// CropAndResizeGradImage and CropAndResizeGradBoxes (TensorFlow: kernels/image/crop_and_resize_op.cc).
#include <algorithm>
#include <cmath>

#include "ops/arithmetic.h"
#include "ops/expect.h"
#include "ops/image_sampling.h"
#include "ops/int_args.h"
#include "ops/move.h"
#include "ops/op.h"

namespace smcli {
namespace {

// Gradients of crops [boxes, height, width, depth], the boxes, and the image that each is of.
struct Crops {
  const Tensor& gradients;
  const Tensor& boxes;
  const Tensor& owners;

  int64_t count() const { return boxes.dim(0); }
  int64_t height() const { return gradients.dim(1); }
  int64_t width() const { return gradients.dim(2); }
  const float* box(int64_t i) const { return boxes.data<float>() + 4 * i; }
  CropAxis rows(int64_t i, int64_t image) const { return {box(i)[0], box(i)[2], image, height()}; }
  CropAxis columns(int64_t i, int64_t image) const { return {box(i)[1], box(i)[3], image, width()}; }

  Status Check(int64_t images) const {
    SMCLI_RETURN_IF_ERROR(ExpectRank(gradients, 4, "grads"));
    if (height() <= 0 || width() <= 0) return ModelError("grads dimensions must be positive");
    SMCLI_RETURN_IF_ERROR(ExpectMatrix(boxes, "boxes"));
    if (boxes.dim(1) != 4) return ModelError("boxes must have 4 columns, got {}", boxes.dim(1));
    if (!(owners.shape() == Shape{count()}) || gradients.dim(0) != count()) {
      return ModelError("boxes, box_ind and grads have incompatible shapes: {}, {} and {}", boxes.shape().ToString(),
                        owners.shape().ToString(), gradients.shape().ToString());
    }
    for (int32_t owner : owners.flat<int32_t>()) {
      if (owner < 0 || owner >= images) return ModelError("box_ind has values outside [0, batch): {}", owner);
    }
    return {};
  }
};

// A place between pixels: the two next to it, and how far it is from the first.
struct Between {
  explicit Between(float place)
      : low(static_cast<int64_t>(std::floor(place))),
        high(static_cast<int64_t>(std::ceil(place))),
        part(place - static_cast<float>(low)) {}
  int64_t low, high;
  float part;
};

// (grads, boxes, box_ind, image_size)
class CropGradientOfImage final : public Kernel {
 public:
  static Result<CropGradientOfImage> Make(const NodeInfo& node) {
    CropGradientOfImage kernel;
    SMCLI_ASSIGN_OR_RETURN(const std::string method, node.attrs.String("method"));
    if (method != "bilinear" && method != "nearest")
      return ModelError("method must be bilinear or nearest, got '{}'", method);
    kernel.nearest_ = method == "nearest";
    kernel.dtype_ = node.output_types[0];
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    const Crops crops{ctx.input(0), ctx.input(1), ctx.input(2)};
    SMCLI_ASSIGN_OR_RETURN(const IntList size, VectorInts(ctx.input(3), "image_size"));
    if (size.size() != 4) return ModelError("image_size must have 4 elements, got {}", size.size());
    SMCLI_RETURN_IF_ERROR(crops.Check(size[0]));
    if (size[1] <= 0 || size[2] <= 0) return ModelError("image dimensions must be positive");
    if (size[3] != crops.gradients.dim(3)) return ModelError("image_size and grads are incompatible");
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, CheckedShape(size));
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, dtype_, shape));
    FillZero(*out);
    DispatchFloats(dtype_, [&](auto tag) {
      using T = typename decltype(tag)::type;
      const float* from = crops.gradients.data<float>();
      const int64_t crop = crops.height() * crops.width() * size[3];
      for (int64_t b = 0; b < crops.count(); ++b) {
        T* image = out->mutable_data<T>() + crops.owners.data<int32_t>()[b] * (size[1] * size[2] * size[3]);
        AddCrop(crops, b, size, from + b * crop, image);
      }
    });
    return {};
  }

 private:
  template <typename T>
  void AddCrop(const Crops& crops, int64_t b, const IntList& size, const float* from, T* image) const {
    const CropAxis rows = crops.rows(b, size[1]), columns = crops.columns(b, size[2]);
    const int64_t depth = size[3];
    for (int64_t i = 0; i < crops.height(); ++i) {
      const float y = rows.At(i);
      for (int64_t j = 0; j < crops.width(); ++j, from += depth) {
        const float x = columns.At(j);
        if (!rows.Inside(y) || !columns.Inside(x)) continue;
        const auto add = [&](int64_t row, int64_t column, float weight_y, float weight_x) {
          T* to = image + (row * size[2] + column) * depth;
          for (int64_t d = 0; d < depth; ++d) to[d] = Plus(to[d], T(weight_x * (weight_y * from[d])));
        };
        if (nearest_) {
          add(static_cast<int64_t>(std::round(y)), static_cast<int64_t>(std::round(x)), 1, 1);
          continue;
        }
        const Between v(y), h(x);
        add(v.low, h.low, 1 - v.part, 1 - h.part);
        add(v.low, h.high, 1 - v.part, h.part);
        add(v.high, h.low, v.part, 1 - h.part);
        add(v.high, h.high, v.part, h.part);
      }
    }
  }

  bool nearest_ = false;
  DataType dtype_ = DataType::kFloat;
};

// How much a gradient at output pixel i of an axis moves the sides of its box.
void MoveSides(const CropAxis& axis, int64_t i, int64_t crop, float gradient, float& first, float& last) {
  const auto whole = static_cast<float>(axis.size - 1);
  if (crop > 1) {
    const float ratio = static_cast<float>(i) * (whole / static_cast<float>(crop - 1));
    first += gradient * (whole - ratio);
    last += gradient * ratio;
  } else {
    first += gradient * 0.5f * whole;
    last += gradient * 0.5f * whole;
  }
}

// (grads, image, boxes, box_ind)
Status CropGradientOfBoxes(KernelContext& ctx) {
  const Tensor& image = ctx.input(1);
  const Crops crops{ctx.input(0), ctx.input(2), ctx.input(3)};
  SMCLI_RETURN_IF_ERROR(ExpectRank(image, 4, "input image"));
  SMCLI_RETURN_IF_ERROR(crops.Check(image.dim(0)));
  const int64_t height = image.dim(1), width = image.dim(2), depth = image.dim(3);
  if (height <= 0 || width <= 0) return ModelError("image dimensions must be positive");
  if (depth != crops.gradients.dim(3)) return ModelError("image, grads depth differ");
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, DataType::kFloat, crops.boxes.shape()));
  FillZero(*out);
  DispatchRealNumbers(image.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    const float* from = crops.gradients.data<float>();
    for (int64_t b = 0; b < crops.count(); ++b) {
      const CropAxis rows = crops.rows(b, height), columns = crops.columns(b, width);
      const T* pixels = image.data<T>() + crops.owners.data<int32_t>()[b] * (height * width * depth);
      float* box = out->mutable_data<float>() + 4 * b;
      for (int64_t i = 0; i < crops.height(); ++i) {
        for (int64_t j = 0; j < crops.width(); ++j, from += depth) {
          const float y = rows.At(i), x = columns.At(j);
          if (!rows.Inside(y) || !columns.Inside(x)) continue;
          const Between v(y), h(x);
          for (int64_t d = 0; d < depth; ++d) {
            const auto at = [&](int64_t r, int64_t c) {
              return static_cast<float>(pixels[(r * width + c) * depth + d]);
            };
            const float a = at(v.low, h.low), b_ = at(v.low, h.high), c = at(v.high, h.low), e = at(v.high, h.high);
            const float down = ((1 - h.part) * (c - a) + h.part * (e - b_)) * from[d];
            const float right = ((1 - v.part) * (b_ - a) + v.part * (e - c)) * from[d];
            MoveSides(rows, i, crops.height(), down, box[0], box[2]);
            MoveSides(columns, j, crops.width(), right, box[1], box[3]);
          }
        }
      }
    }
  });
  return {};
}

constexpr Op kOps[] = {
    {.name = "CropAndResizeGradBoxes",
     .types = {{{"T", kRealNumbers}}},
     .make = MakeFunctionKernel<CropGradientOfBoxes>,
     .tolerance = Tolerance::kRounding},
    {.name = "CropAndResizeGradImage",
     .types = {{{"T", kFloats}}},
     .make = MakeKernel<CropGradientOfImage>,
     .tolerance = Tolerance::kRounding},
};

}  // namespace

std::span<const Op> ImageCropGradientOps() { return kOps; }

}  // namespace smcli
