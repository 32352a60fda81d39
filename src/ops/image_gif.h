// GIF in, through giflib.
#pragma once

#include <string_view>

#include "base/result.h"
#include "tensor/tensor.h"

namespace smcli {

// uint8 [frames, height, width, 3]; with `animated` false the first frame alone. Each frame is drawn over the one
// before.
Result<Tensor> DecodeGif(std::string_view bytes, bool animated);

}  // namespace smcli
