#include "ops/image_file.h"

#include <cstdlib>

#include "base/bytes.h"
#include "ops/image_gif.h"
#include "ops/image_jpeg.h"
#include "ops/image_png.h"

namespace smcli {

namespace {

constexpr std::string_view kJpegXlContainer("\0\0\0\x0cJXL \r\n\x87\n", 12);

}  // namespace

ImageFormat ImageFormatOf(std::string_view bytes) {
  if (bytes.starts_with("\xff\xd8\xff")) return ImageFormat::kJpeg;
  if (bytes.starts_with("\211PNG\r\n\032\n")) return ImageFormat::kPng;
  if (bytes.starts_with("GIF8")) return ImageFormat::kGif;
  if (bytes.starts_with("BM")) return ImageFormat::kBmp;
  if (bytes.starts_with("RIFF") && bytes.substr(0, 12).ends_with("WEBP")) return ImageFormat::kWebp;
  if (bytes.starts_with("\xff\x0a") || bytes.starts_with(kJpegXlContainer)) return ImageFormat::kJpegXl;
  return ImageFormat::kUnknown;
}

Result<Tensor> DecodeBmp(std::string_view bytes, int64_t channels, BmpEnd end) {
  constexpr size_t kHeader = 32;  // as far as it matters here
  if (bytes.size() < kHeader) return ModelError("incomplete BMP content: {} bytes", bytes.size());
  const auto number = [&](size_t at) { return *ByteReader(bytes.substr(at)).Fixed<int32_t>(); };
  const int64_t start = number(10);
  const int64_t width = number(18);
  const int64_t signed_height = number(22);
  const int64_t bits = *ByteReader(bytes.substr(28)).Fixed<int16_t>();
  const int64_t stored = bits / 8;
  const int64_t height = std::abs(signed_height);
  if (stored != 1 && stored != 3 && stored != 4) return ModelError("a BMP of {} bits per pixel", bits);
  if (channels == 0) channels = stored;
  if (channels == 1 && stored != 1) return ModelError("a BMP of {} channels cannot be read as one", stored);
  if (start < 0 || width <= 0 || height <= 0) return ModelError("invalid BMP: {} x {} pixels", height, width);
  const int64_t row_bytes = (stored * width + 3) / 4 * 4;
  const int64_t needed = row_bytes * (height - 1) + stored * width;  // 2^31 * 2^33 fits
  if (start + needed > static_cast<int64_t>(bytes.size()))
    return ModelError("incomplete BMP content, at least {} bytes needed", start + needed);
  if (end == BmpEnd::kExact && start + row_bytes * height != static_cast<int64_t>(bytes.size()))
    return ModelError("a BMP of {} bytes, its rows end at {}", bytes.size(), start + row_bytes * height);
  SMCLI_ASSIGN_OR_RETURN(Tensor pixels, Tensor::Make(DataType::kUint8, Shape{height, width, channels}));
  uint8_t* to = pixels.mutable_data<uint8_t>();
  const auto* rows = reinterpret_cast<const uint8_t*>(bytes.data()) + start;
  for (int64_t y = 0; y < height; ++y) {
    const uint8_t* from = rows + (signed_height < 0 ? y : height - 1 - y) * row_bytes;
    for (int64_t x = 0; x < width; ++x, from += stored, to += channels) {
      if (channels == 1) {
        to[0] = from[0];
        continue;
      }
      // A byte per pixel is grey: as in TensorFlow, which reads no palette.
      const int red = stored == 1 ? 0 : 2, green = stored == 1 ? 0 : 1;
      to[0] = from[red], to[1] = from[green], to[2] = from[0];
      if (channels == 4) to[3] = stored == 4 ? from[3] : 255;
    }
  }
  return pixels;
}

Result<Tensor> DecodeStillImage(std::string_view bytes, int channels) {
  switch (ImageFormatOf(bytes)) {
    case ImageFormat::kJpeg: {
      if (channels == 4) return ModelError("a JPEG has no fourth channel");
      JpegDecoding options;
      options.channels = channels;
      return DecodeJpeg(bytes, options);
    }
    case ImageFormat::kPng: return DecodePng(bytes, channels, DataType::kUint8);
    case ImageFormat::kGif: {
      if (channels != 0 && channels != 3) return ModelError("a GIF has 3 channels, not {}", channels);
      SMCLI_ASSIGN_OR_RETURN(Tensor frames, DecodeGif(bytes, false));
      const Shape shape{frames.dim(1), frames.dim(2), 3};
      return std::move(frames).Reshaped(shape);
    }
    case ImageFormat::kBmp: return DecodeBmp(bytes, channels, BmpEnd::kAny);
    case ImageFormat::kWebp: return UnsupportedError("smcli does not decode WebP");
    case ImageFormat::kJpegXl: return UnsupportedError("smcli does not decode JPEG XL");
    case ImageFormat::kUnknown: break;
  }
  return ModelError("no JPEG, PNG, GIF or BMP");
}

}  // namespace smcli
