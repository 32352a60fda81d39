// CRC-32 with zip's polynomial. (Checkpoints use another one: base/crc32c.h.)
#pragma once

#include <cstdint>
#include <string_view>

namespace smcli {

// The checksum of `bytes`; or, from the checksum of what came before, of both together.
uint32_t Crc32(std::string_view bytes, uint32_t before = 0);
// The checksum of two runs of bytes from those of each, the second being `second_length` bytes long.
uint32_t CombineCrc32(uint32_t first, uint32_t second, uint64_t second_length);

}  // namespace smcli
