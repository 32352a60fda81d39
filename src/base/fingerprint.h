// FarmHash's Fingerprint64, which TensorFlow fixed into its file formats and hash-bucket ops: it never changes.
#pragma once

#include <cstdint>
#include <string_view>

namespace smcli {

uint64_t Fingerprint64(std::string_view bytes);

// Two fingerprints made into one, as TensorFlow's crosses of features do (tsl/platform/fingerprint.h). Order matters.
uint64_t FingerprintCat64(uint64_t first, uint64_t second);

}  // namespace smcli
