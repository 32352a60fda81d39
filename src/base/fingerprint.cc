#include "base/fingerprint.h"

#include <farmhash.h>

namespace smcli {

uint64_t Fingerprint64(std::string_view bytes) { return util::Fingerprint64(bytes.data(), bytes.size()); }

uint64_t FingerprintCat64(uint64_t first, uint64_t second) {
  constexpr uint64_t kMultiplier = 0xc6a4a7935bd1e995;
  const auto mix = [](uint64_t value) { return value ^ value >> 47; };
  const uint64_t joint = (first ^ kMultiplier ^ mix(second * kMultiplier) * kMultiplier) * kMultiplier;
  return mix(mix(joint) * kMultiplier);
}

}  // namespace smcli
