#include "formats/crc32.h"

#include <zlib.h>

#include "formats/crc32_x86.h"

namespace smcli {
namespace {

// Below this, setting up the registers costs more than zlib's tables do.
constexpr size_t kWorthFolding = 1024;

// As much of `bytes` as this processor has instructions for; the rest is left.
uint32_t Folded(uint32_t before, const char*& bytes, size_t& size) {
#if defined(__x86_64__)
  static const auto extend = crc32::HasAvx512()   ? crc32::ExtendAvx512
                             : crc32::HasPclmul() ? crc32::ExtendPclmul
                                                  : nullptr;
  if (extend != nullptr && size >= kWorthFolding) return ~extend(~before, bytes, size);
#endif
  return before;
}

}  // namespace

uint32_t Crc32(std::string_view bytes, uint32_t before) {
  const char* data = bytes.data();
  size_t size = bytes.size();
  before = Folded(before, data, size);
  if (size == 0) return before;  // zlib begins anew where it gets a null pointer
  return static_cast<uint32_t>(crc32_z(before, reinterpret_cast<const Bytef*>(data), size));
}

uint32_t CombineCrc32(uint32_t first, uint32_t second, uint64_t second_length) {
  return static_cast<uint32_t>(crc32_combine64(first, second, static_cast<z_off64_t>(second_length)));
}

}  // namespace smcli
