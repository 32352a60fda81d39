// PNG in and out, through libpng.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "tensor/tensor.h"

namespace smcli {

// [height, width, channels] of `dtype`, uint8 or uint16. `channels`: 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA, 0 as
// stored.
Result<Tensor> DecodePng(std::string_view bytes, int channels, DataType dtype);

// `pixels`: uint8 or uint16 [height, width, 1 to 4 channels]. `compression`: zlib's level, -1 its default.
Result<std::string> EncodePng(const Tensor& pixels, int compression);

}  // namespace smcli
