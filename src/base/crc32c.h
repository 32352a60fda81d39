// CRC-32C (Castagnoli), the checksum of table blocks, tensors and records, and the mask under which files store it.
#pragma once

#include <cstdint>
#include <string_view>

namespace smcli {

class ThreadPool;

// The checksum of `bytes`; or, from the checksum of what came before, of both together.
uint32_t Crc32c(std::string_view bytes, uint32_t before = 0);
// The same, many bytes split over the pool.
uint32_t Crc32c(std::string_view bytes, ThreadPool& pool);
// Extends the checksum `crc` by `bytes`, and tells whether those at `others` are the same: both are fetched from memory
// once.
bool ExtendCrc32cAndCompare(uint32_t& crc, std::string_view bytes, const char* others);
// The checksum of two runs of bytes from those of each, the second being `second_length` bytes long.
uint32_t CombineCrc32c(uint32_t first, uint32_t second, uint64_t second_length);

// A stored checksum: masked, so that a checksum over bytes that hold checksums stays sound (LevelDB's device).
constexpr uint32_t MaskCrc(uint32_t crc) { return (crc >> 15 | crc << 17) + 0xa282ead8u; }
constexpr uint32_t UnmaskCrc(uint32_t masked) {
  const uint32_t rotated = masked - 0xa282ead8u;
  return rotated >> 17 | rotated << 15;
}

// One way to compute it. `registers` are the bits of the CRC register: neither inverted before nor after.
struct Crc32cMethod {
  std::string_view name;  // "avx512", "sse4.2", "armv8", "portable"
  uint32_t (*extend)(uint32_t registers, const char* bytes, size_t size);
  // The same, and: are the bytes at `others` equal to them?
  bool (*compare)(uint32_t& registers, const char* bytes, const char* others, size_t size);
  bool (*supported)();  // by this machine
};
// Fastest first, the portable one last; for tests, which compare them.
extern const Crc32cMethod kCrc32cMethods[];
extern const int kNumCrc32cMethods;

}  // namespace smcli
