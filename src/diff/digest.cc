#include "diff/digest.h"

#include <fmt/format.h>

#include "base/sha256.h"

namespace smcli {

Digest DigestOf(std::string_view canonical) {
  Sha256 sha;
  sha.Update(canonical);
  const std::array<uint8_t, 32> whole = sha.Digest();
  Digest digest;
  std::memcpy(digest.bytes.data(), whole.data(), digest.bytes.size());
  return digest;
}

std::string HexOf(const Digest& digest) { return fmt::format("{:02x}", fmt::join(digest.bytes, "")); }

}  // namespace smcli
