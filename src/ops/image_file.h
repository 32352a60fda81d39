// The bytes of an image file: which format they are in, bitmaps, and the pixels of any of the formats.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "tensor/tensor.h"

namespace smcli {

enum class ImageFormat { kUnknown, kJpeg, kPng, kGif, kBmp, kWebp, kJpegXl };
ImageFormat ImageFormatOf(std::string_view bytes);

// May bytes follow a bitmap's last pixel, or must its padded rows fill the file, as TensorFlow's ops want it?
enum class BmpEnd { kAny, kExact };
// Uncompressed Windows bitmaps of 8, 24 or 32 bits: uint8 [height, width, channels]. `channels`: 0 as stored, or 4 for
// 24 bits.
Result<Tensor> DecodeBmp(std::string_view bytes, int64_t channels, BmpEnd end);

// The pixels of a file in any format, of a GIF the first frame: uint8 [height, width, channels]. `channels` 1, 3 or 4;
// 0: as stored. `ModelError` for bytes that are broken and for channels that the format cannot give.
Result<Tensor> DecodeStillImage(std::string_view bytes, int channels);

}  // namespace smcli
