// CRC-32 with zip's polynomial. (Checkpoints use another one: base/crc32c.h.)
#pragma once

#include <cstdint>
#include <string_view>

namespace smcli {

// The checksum of `bytes`; or, from the checksum of what came before, of both together.
uint32_t Crc32(std::string_view bytes, uint32_t before = 0);

}  // namespace smcli
