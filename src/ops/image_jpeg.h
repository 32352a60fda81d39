// JPEG in and out, through libjpeg-turbo.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "tensor/tensor.h"

namespace smcli {

// In pixels of the (scaled) image.
struct CropWindow {
  int64_t y, x, height, width;
};

struct JpegDecoding {
  int channels = 0;  // 1, 3; 0: as stored
  int ratio = 1;     // 1, 2, 4, 8: the image is made smaller by it
  bool fancy_upscaling = true;
  bool recover_truncated = false;
  float acceptable_fraction = 1.0f;  // so much of the rows must be there; those that are not come out black
  bool fast_dct = true;
  std::optional<CropWindow> crop;
};
// uint8 [height, width, channels]. `ModelError` for bytes that are no JPEG or end early, and for a window beyond the
// image.
Result<Tensor> DecodeJpeg(std::string_view bytes, const JpegDecoding& options);

struct JpegHeader {
  int32_t height, width, channels;
};
Result<JpegHeader> ReadJpegHeader(std::string_view bytes);

struct JpegEncoding {
  int channels = 3;  // 1: grey
  int quality = 95;
  bool progressive = false;
  bool optimize_size = false;
  bool chroma_downsampling = true;
  bool density_per_inch = true;  // else per centimetre
  int x_density = 300;
  int y_density = 300;
  std::string xmp_metadata;
};
// `pixels` is uint8 [height, width, channels].
Result<std::string> EncodeJpeg(const Tensor& pixels, const JpegEncoding& options);

}  // namespace smcli
