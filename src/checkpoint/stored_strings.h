// StoredStrings: the strings of a tensor one after the other, where they lie in a checkpoint's data file.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/file.h"
#include "base/result.h"

namespace smcli {

class StoredStrings {
 public:
  // `bytes`: of a little-endian bundle's tensor of `count` strings (checkpoint/bundle_values.h). Looks at the lengths
  // and compares their checksum. `InvalidModelError` as reading the tensor gives it.
  static Result<StoredStrings> Open(std::string_view bytes, int64_t count);

  // To be called `count` times.
  std::string_view Next();
  // The checksum of all that Open and Next have seen, as the entry stores it.
  uint32_t masked_crc() const;

 private:
  StoredStrings(std::string_view lengths, std::string_view texts, uint32_t crc)
      : lengths_(lengths), texts_(texts), crc_(crc) {}

  ByteReader lengths_, texts_;
  uint32_t crc_;
};

// The only string of a tensor whose bytes these are. Compares both checksums; errors as of reading the tensor.
Result<MappedFile> StoredString(const MappedFile& bytes, uint32_t masked_crc);

}  // namespace smcli
