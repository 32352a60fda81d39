// Counting NaN and infinities in the bytes of tensors as they lie in a file.
#pragma once

#include <cstdint>
#include <string_view>

#include "tensor/dtype.h"

namespace smcli {

struct NonFinite {
  int64_t nan = 0;
  int64_t infinite = 0;
  bool any() const { return nan > 0 || infinite > 0; }
};

// Is it a floating-point type that can be NaN or infinite, and that is looked at?
bool HasNonFinite(DataType dtype);

// Of little-endian elements, all of them whole; aligned or not.
NonFinite CountNonFinite(DataType dtype, std::string_view bytes);

}  // namespace smcli
