// CRC-32C with the instructions of x86-64 processors. Crc32c picks one of these at run time.
#pragma once

#include <cstddef>
#include <cstdint>

namespace smcli::crc32c {

#if defined(__x86_64__)
// Carry-less multiplication of 512 bits at a time.
bool HasAvx512();
uint32_t ExtendAvx512(uint32_t crc, const char* bytes, size_t size);
bool CompareAvx512(uint32_t& crc, const char* bytes, const char* others, size_t size);

// The crc32 instruction, three runs of bytes interleaved to hide its latency.
bool HasSse42();
uint32_t ExtendSse42(uint32_t crc, const char* bytes, size_t size);
#endif

}  // namespace smcli::crc32c
