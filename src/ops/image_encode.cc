// EncodePng, EncodeJpeg, EncodeJpegVariableQuality.
#include <string>

#include "ops/expect.h"
#include "ops/image_jpeg.h"
#include "ops/image_png.h"
#include "ops/int_args.h"
#include "ops/op.h"

namespace smcli {
namespace {

class EncodePngKernel final : public Kernel {
 public:
  static Result<EncodePngKernel> Make(const NodeInfo& node) {
    EncodePngKernel kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.compression_, node.attrs.Int("compression"));
    if (kernel.compression_ < -1 || kernel.compression_ > 9) {
      return ModelError("compression must be from -1 to 9, got {}", kernel.compression_);
    }
    return kernel;
  }

  // The last three dimensions are an image; the others number the images.
  Status Compute(KernelContext& ctx) const override {
    const Tensor& images = ctx.input(0);
    if (images.rank() < 3)
      return ModelError("image must have at least 3 dimensions, got {}", images.shape().ToString());
    const int outer = images.rank() - 3;
    const Shape shape{images.dim(outer), images.dim(outer + 1), images.dim(outer + 2)};
    if (shape.num_elements() == 0) return ModelError("the image is empty: {}", images.shape().ToString());
    if (shape.dim(2) > 4) return ModelError("image must have 1, 2, 3 or 4 channels, got {}", shape.dim(2));
    if (shape.dim(0) > INT32_MAX || shape.dim(1) > INT32_MAX) return ModelError("the image is too large");
    SMCLI_ASSIGN_OR_RETURN(const Shape numbers, CheckedShape(images.shape().dims().first(static_cast<size_t>(outer))));
    SMCLI_ASSIGN_OR_RETURN(Tensor * output, ctx.Allocate(0, DataType::kString, numbers));
    std::string* bytes = output->mutable_data<std::string>();
    for (int64_t i = 0; i < numbers.num_elements(); ++i) {
      SMCLI_ASSIGN_OR_RETURN(Tensor image, Tensor::Make(images.dtype(), shape));
      const char* from = static_cast<const char*>(images.raw_data()) + static_cast<size_t>(i) * image.num_bytes();
      std::memcpy(image.mutable_raw_data(), from, image.num_bytes());
      SMCLI_ASSIGN_OR_RETURN(bytes[i], EncodePng(image, static_cast<int>(compression_)));
    }
    return {};
  }

 private:
  int64_t compression_ = -1;
};

class EncodeJpegKernel final : public Kernel {
 public:
  static Result<EncodeJpegKernel> Make(const NodeInfo& node) {
    EncodeJpegKernel kernel;
    kernel.quality_input_ = node.op == "EncodeJpegVariableQuality";
    if (kernel.quality_input_) return kernel;
    JpegEncoding& options = kernel.options_;
    SMCLI_ASSIGN_OR_RETURN(const std::string format, node.attrs.String("format"));
    if (!format.empty() && format != "grayscale" && format != "rgb") {
      return ModelError("format must be '', grayscale or rgb, got '{}'", format);
    }
    kernel.channels_ = format.empty() ? 0 : format == "rgb" ? 3 : 1;
    SMCLI_ASSIGN_OR_RETURN(const int64_t quality, node.attrs.Int("quality"));
    SMCLI_RETURN_IF_ERROR(kernel.SetQuality(quality, options));
    SMCLI_ASSIGN_OR_RETURN(options.progressive, node.attrs.Bool("progressive"));
    SMCLI_ASSIGN_OR_RETURN(options.optimize_size, node.attrs.Bool("optimize_size"));
    SMCLI_ASSIGN_OR_RETURN(options.chroma_downsampling, node.attrs.Bool("chroma_downsampling"));
    SMCLI_ASSIGN_OR_RETURN(const std::string unit, node.attrs.String("density_unit"));
    if (unit != "in" && unit != "cm") return ModelError("density_unit must be in or cm, got '{}'", unit);
    options.density_per_inch = unit == "in";
    SMCLI_ASSIGN_OR_RETURN(const int64_t x_density, node.attrs.Int("x_density"));
    SMCLI_ASSIGN_OR_RETURN(const int64_t y_density, node.attrs.Int("y_density"));
    options.x_density = static_cast<int>(x_density & 0xffff);
    options.y_density = static_cast<int>(y_density & 0xffff);
    SMCLI_ASSIGN_OR_RETURN(options.xmp_metadata, node.attrs.String("xmp_metadata"));
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    const Tensor& image = ctx.input(0);
    SMCLI_RETURN_IF_ERROR(ExpectRank(image, 3, "image"));
    const int64_t channels = image.dim(2);
    if (channels != 1 && channels != 3) return ModelError("image must have 1 or 3 channels, got {}", channels);
    if (channels_ != 0 && channels_ != channels) {
      return ModelError("the format asks for {} channels, the image has {}", channels_, channels);
    }
    JpegEncoding options = options_;
    options.channels = static_cast<int>(channels);
    if (quality_input_) {
      SMCLI_ASSIGN_OR_RETURN(const int64_t quality, ScalarInt(ctx.input(1), "quality"));
      SMCLI_RETURN_IF_ERROR(SetQuality(quality, options));
    }
    SMCLI_ASSIGN_OR_RETURN(std::string bytes, EncodeJpeg(image, options));
    ctx.set_output(0, Tensor::Scalar(std::move(bytes)));
    return {};
  }

 private:
  static Status SetQuality(int64_t quality, JpegEncoding& options) {
    if (quality < 0 || quality > 100) return ModelError("quality must be in [0,100], got {}", quality);
    options.quality = static_cast<int>(quality);
    return {};
  }

  JpegEncoding options_;
  int64_t channels_ = 0;
  bool quality_input_ = false;
};

constexpr Op kOps[] = {
    {.name = "EncodeJpeg", .types = {}, .make = MakeKernel<EncodeJpegKernel>},
    {.name = "EncodeJpegVariableQuality", .types = {}, .make = MakeKernel<EncodeJpegKernel>},
    {.name = "EncodePng",
     .types = {{{"T", DataType::kUint8 | DataType::kUint16}}},
     .make = MakeKernel<EncodePngKernel>},
};

}  // namespace

std::span<const Op> ImageEncodeOps() { return kOps; }

}  // namespace smcli
