// CRC-32 of zip archives by carry-less multiplication. Crc32 picks one of these at run time.
#pragma once

#include <cstddef>
#include <cstdint>

namespace smcli::crc32 {

#if defined(__x86_64__)
// Both take at least 256 bytes and use as many of them as they can: what they return is a register whose bits stand for
// those, and `bytes` and `size` are moved on to the rest. `registers` are neither inverted before nor after.
bool HasAvx512();
uint32_t ExtendAvx512(uint32_t registers, const char*& bytes, size_t& size);

bool HasPclmul();
uint32_t ExtendPclmul(uint32_t registers, const char*& bytes, size_t& size);
#endif

}  // namespace smcli::crc32
