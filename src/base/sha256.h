// SHA-256 (FIPS 180-4), with the processor's SHA instructions where it has them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace smcli {

class Sha256 {
 public:
  void Update(std::string_view bytes);
  // The digest of all bytes so far: as bytes, or as 64 hexadecimal digits. The object is used up.
  std::array<uint8_t, 32> Digest();
  std::string HexDigest();

 private:
  std::array<uint32_t, 8> state_ = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<uint8_t, 64> block_;
  size_t filled_ = 0;    // bytes in block_
  uint64_t length_ = 0;  // bytes in all
};

std::string Sha256Hex(std::string_view bytes);

// Compresses `count` blocks of 64 bytes; the two ways to do it, for tests.
using Sha256Blocks = void (*)(uint32_t* state, const uint8_t* blocks, size_t count);
void Sha256BlocksPortable(uint32_t* state, const uint8_t* blocks, size_t count);
// Null where the processor lacks the instructions.
Sha256Blocks Sha256BlocksHardware();

}  // namespace smcli
