#include "check/non_finite.h"

#include <algorithm>
#include <cstring>

namespace smcli {
namespace {

// Elements that are looked at together; where none of them is suspicious, which is nearly always, nothing is counted.
constexpr size_t kBlock = 1024;

// A number is NaN or infinite when all bits of its exponent are set, and infinite when those of its mantissa are not.
template <typename Bits, Bits kExponent, Bits kMantissa>
NonFinite Count(std::string_view bytes) {
  NonFinite total;
  Bits block[kBlock];
  for (size_t at = 0; at + sizeof(Bits) <= bytes.size(); at += sizeof block) {
    const size_t count = std::min(kBlock, (bytes.size() - at) / sizeof(Bits));
    std::memcpy(block, bytes.data() + at, count * sizeof(Bits));
    // A sum that carries into the sign bit says so without a branch, so the loop is one of vectors.
    Bits any = 0;
    constexpr Bits kStep = static_cast<Bits>(kMantissa + 1);
    for (size_t i = 0; i < count; ++i) {
      any = static_cast<Bits>(any | static_cast<Bits>((block[i] & kExponent) + kStep));
    }
    constexpr Bits kSign = static_cast<Bits>(kExponent + kStep);
    if ((any & kSign) == 0) continue;
    for (size_t i = 0; i < count; ++i) {
      if ((block[i] & kExponent) != kExponent) continue;
      ++((block[i] & kMantissa) != 0 ? total.nan : total.infinite);
    }
  }
  return total;
}

}  // namespace

bool HasNonFinite(DataType dtype) { return kFloats.Contains(dtype) || kComplexes.Contains(dtype); }

NonFinite CountNonFinite(DataType dtype, std::string_view bytes) {
  switch (dtype) {
    case DataType::kFloat:
    case DataType::kComplex64: return Count<uint32_t, 0x7f800000u, 0x007fffffu>(bytes);
    case DataType::kDouble:
    case DataType::kComplex128: return Count<uint64_t, 0x7ff0000000000000u, 0x000fffffffffffffu>(bytes);
    case DataType::kHalf: return Count<uint16_t, 0x7c00, 0x03ff>(bytes);
    case DataType::kBfloat16: return Count<uint16_t, 0x7f80, 0x007f>(bytes);
    default: return {};
  }
}

}  // namespace smcli
