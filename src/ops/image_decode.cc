// DecodeJpeg, DecodePng, DecodeGif, DecodeBmp, DecodeImage, DecodeAndCropJpeg, ExtractJpegShape. As in TensorFlow
// (kernels/image/decode_image_op.cc) the bytes, not the op, decide what is decoded; the op says what may come out.
#include <algorithm>
#include <string>

#include "ops/expect.h"
#include "ops/image_file.h"
#include "ops/image_gif.h"
#include "ops/image_jpeg.h"
#include "ops/image_png.h"
#include "ops/int_args.h"
#include "ops/op.h"

namespace smcli {
namespace {

// uint8 or uint16 pixels as the dtype wanted: floats are fractions of the largest value, eight bits are shifted up.
Result<Tensor> Converted(Tensor pixels, DataType dtype) {
  if (pixels.dtype() == dtype) return pixels;
  SMCLI_ASSIGN_OR_RETURN(Tensor out, Tensor::Make(dtype, pixels.shape()));
  if (dtype == DataType::kUint16) {
    std::ranges::transform(pixels.flat<uint8_t>(), out.mutable_data<uint16_t>(),
                           [](uint8_t value) { return static_cast<uint16_t>(value << 8); });
  } else if (pixels.dtype() == DataType::kUint16) {
    std::ranges::transform(pixels.flat<uint16_t>(), out.mutable_data<float>(),
                           [](uint16_t value) { return static_cast<float>(value) * (1.0f / 65535); });
  } else {
    std::ranges::transform(pixels.flat<uint8_t>(), out.mutable_data<float>(),
                           [](uint8_t value) { return static_cast<float>(value) * (1.0f / 255); });
  }
  return out;
}

class DecodeImage final : public Kernel {
 public:
  static Result<DecodeImage> Make(const NodeInfo& node) {
    DecodeImage kernel;
    kernel.op_ = node.op;
    kernel.dtype_ = node.output_types[0];
    kernel.channels_ = node.op == "DecodeGif" ? 3 : node.attrs.Int("channels", 0);
    if (kernel.channels_ < 0 || kernel.channels_ > 4 || kernel.channels_ == 2) {
      return ModelError("channels must be 0, 1, 3 or 4, got {}", kernel.channels_);
    }
    kernel.animations_ = node.attrs.Bool("expand_animations", node.op == "DecodeGif");
    if (node.op != "DecodeJpeg" && node.op != "DecodeAndCropJpeg") return kernel;
    JpegDecoding& jpeg = kernel.jpeg_;
    SMCLI_ASSIGN_OR_RETURN(const int64_t ratio, node.attrs.Int("ratio"));
    if (ratio != 1 && ratio != 2 && ratio != 4 && ratio != 8)
      return ModelError("ratio must be 1, 2, 4 or 8, got {}", ratio);
    jpeg.ratio = static_cast<int>(ratio);
    SMCLI_ASSIGN_OR_RETURN(jpeg.fancy_upscaling, node.attrs.Bool("fancy_upscaling"));
    SMCLI_ASSIGN_OR_RETURN(jpeg.recover_truncated, node.attrs.Bool("try_recover_truncated"));
    SMCLI_ASSIGN_OR_RETURN(jpeg.acceptable_fraction, node.attrs.Float("acceptable_fraction"));
    SMCLI_ASSIGN_OR_RETURN(const std::string dct, node.attrs.String("dct_method"));
    if (!dct.empty() && dct != "INTEGER_FAST" && dct != "INTEGER_ACCURATE") {
      return ModelError("dct_method must be '', INTEGER_FAST or INTEGER_ACCURATE, got '{}'", dct);
    }
    jpeg.fast_dct = dct != "INTEGER_ACCURATE";  // what TensorFlow's builds of libjpeg-turbo default to
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    SMCLI_ASSIGN_OR_RETURN(const std::string bytes, ScalarOf<std::string>(ctx.input(0), "contents"));
    if (bytes.empty()) return ModelError("input is empty");
    SMCLI_ASSIGN_OR_RETURN(Tensor pixels, Decode(ctx, bytes));
    // DecodeGif's images have four dimensions, whatever they came from.
    if (op_ == "DecodeGif" && pixels.rank() == 3) {
      const Shape shape{1, pixels.dim(0), pixels.dim(1), pixels.dim(2)};
      pixels = std::move(pixels).Reshaped(shape);
    }
    SMCLI_ASSIGN_OR_RETURN(Tensor converted, Converted(std::move(pixels), dtype_));
    ctx.set_output(0, std::move(converted));
    return {};
  }

 private:
  Result<Tensor> Decode(KernelContext& ctx, std::string_view bytes) const {
    const ImageFormat format = ImageFormatOf(bytes);
    const bool bmp_op = op_ == "DecodeBmp";
    if (format == ImageFormat::kUnknown) {
      return ModelError("unknown image file format: one of JPEG, PNG, GIF, BMP required");
    }
    if (bmp_op != (format == ImageFormat::kBmp) && op_ != "DecodeImage") {
      return ModelError("the bytes are {}a BMP, which {} does not decode", bmp_op ? "not " : "", op_);
    }
    if (op_ == "DecodeAndCropJpeg" && format != ImageFormat::kJpeg) return ModelError("the bytes are no JPEG");
    switch (format) {
      case ImageFormat::kJpeg: return DecodeJpegBytes(ctx, bytes);
      case ImageFormat::kPng:
        return DecodePng(bytes, static_cast<int>(channels_), dtype_ == DataType::kUint8 ? dtype_ : DataType::kUint16);
      case ImageFormat::kGif: return DecodeGifBytes(bytes);
      case ImageFormat::kWebp:
      case ImageFormat::kJpegXl: return DecodeStillImage(bytes, static_cast<int>(channels_));  // says what is lacking
      default:
        if (channels_ == 1) return ModelError("channels must be 0, 3 or 4 for BMP, got 1");
        return DecodeBmp(bytes, channels_, BmpEnd::kExact);
    }
  }

  Result<Tensor> DecodeJpegBytes(KernelContext& ctx, std::string_view bytes) const {
    if (channels_ == 4) return ModelError("channels must be 0, 1 or 3 for JPEG, got 4");
    JpegDecoding options = jpeg_;
    options.channels = static_cast<int>(channels_);
    if (op_ == "DecodeAndCropJpeg") {
      SMCLI_ASSIGN_OR_RETURN(const IntList window, VectorInts(ctx.input(1), "crop_window"));
      if (window.size() != 4) return ModelError("crop_window must have four elements, got {}", window.size());
      options.crop = CropWindow{window[0], window[1], window[2], window[3]};
    }
    return DecodeJpeg(bytes, options);
  }

  Result<Tensor> DecodeGifBytes(std::string_view bytes) const {
    if (channels_ != 0 && channels_ != 3) return ModelError("channels must be 0 or 3 for GIF, got {}", channels_);
    const bool all = animations_ || (op_ != "DecodeImage" && op_ != "DecodeGif");
    SMCLI_ASSIGN_OR_RETURN(Tensor frames, DecodeGif(bytes, all));
    if (animations_) return frames;
    if (frames.dim(0) != 1) {
      return ModelError("got {} frames, but animated GIFs can only be decoded by DecodeGif or DecodeImage",
                        frames.dim(0));
    }
    const Shape shape{frames.dim(1), frames.dim(2), 3};
    return std::move(frames).Reshaped(shape);
  }

  std::string op_;
  DataType dtype_ = DataType::kUint8;
  int64_t channels_ = 0;
  bool animations_ = false;
  JpegDecoding jpeg_;
};

// (contents) -> [height, width, channels]
class ExtractJpegShape final : public Kernel {
 public:
  static Result<ExtractJpegShape> Make(const NodeInfo& node) {
    ExtractJpegShape kernel;
    kernel.dtype_ = node.output_types[0];
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    SMCLI_ASSIGN_OR_RETURN(const std::string bytes, ScalarOf<std::string>(ctx.input(0), "contents"));
    SMCLI_ASSIGN_OR_RETURN(const JpegHeader header, ReadJpegHeader(bytes));
    const int64_t dims[] = {header.height, header.width, header.channels};
    SMCLI_ASSIGN_OR_RETURN(Tensor shape, IntVector(dtype_, dims));
    ctx.set_output(0, std::move(shape));
    return {};
  }

 private:
  DataType dtype_ = DataType::kInt32;
};

constexpr DataTypeSet kPixels = DataType::kUint8 | DataType::kUint16 | DataType::kFloat;

constexpr Op kOps[] = {
    {.name = "DecodeAndCropJpeg", .types = {}, .make = MakeKernel<DecodeImage>},
    {.name = "DecodeBmp", .types = {}, .make = MakeKernel<DecodeImage>},
    {.name = "DecodeGif", .types = {}, .make = MakeKernel<DecodeImage>},
    {.name = "DecodeImage", .types = {{{"dtype", kPixels}}}, .make = MakeKernel<DecodeImage>},
    {.name = "DecodeJpeg", .types = {}, .make = MakeKernel<DecodeImage>},
    {.name = "DecodePng", .types = {{{"dtype", kPixels}}}, .make = MakeKernel<DecodeImage>},
    {.name = "ExtractJpegShape", .types = {{{"output_type", kIndexTypes}}}, .make = MakeKernel<ExtractJpegShape>},
};

}  // namespace

std::span<const Op> ImageDecodeOps() { return kOps; }

}  // namespace smcli
