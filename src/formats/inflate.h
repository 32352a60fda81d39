// Undoing zlib's compression, within bounds.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace smcli {

enum class DeflateForm {
  kRaw,   // as in zip files
  kZlib,  // begins with 78
  kGzip,  // begins with 1F 8B; may be several such streams in a row
};

// Exactly `size` bytes. `InvalidModelError` DeflateCorrupt for corrupt data, for less and for more.
Result<std::string> Inflate(std::string_view compressed, DeflateForm form, uint64_t size);
// However many bytes come out, but `max_size` at most: more is an `InvalidModelError`.
Result<std::string> InflateAll(std::string_view compressed, DeflateForm form, uint64_t max_size);

}  // namespace smcli
