// Image files as the pixels of an input.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "model/signature.h"
#include "tensor/tensor.h"

namespace smcli {

// An encoded image, and where it came from, for messages.
struct ImageBytes {
  std::string place;
  std::string bytes;
};

// For a number input: the pixels as uint8 0 to 255, [height, width, channels] with a dimension in front where the input
// has four or where there are several images, which must have one size. The input's last size says how many channels
// (1, 3 or 4; else as stored). For a string input: the files' bytes, one string each. `UsageError` for files that are
// broken or differ in size.
Result<Tensor> TensorFromImages(const std::vector<ImageBytes>& images, const TensorSpec& spec);

}  // namespace smcli
