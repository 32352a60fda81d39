// FarmHash's Fingerprint64, which TensorFlow fixed into its file formats and hash-bucket ops: it never changes.
#pragma once

#include <cstdint>
#include <string_view>

namespace smcli {

uint64_t Fingerprint64(std::string_view bytes);

}  // namespace smcli
