#include "formats/crc32.h"

#include <zlib.h>

namespace smcli {

uint32_t Crc32(std::string_view bytes, uint32_t before) {
  if (bytes.empty()) return before;  // zlib begins anew where it gets a null pointer
  return static_cast<uint32_t>(crc32_z(before, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

}  // namespace smcli
