#include "checkpoint/stored_strings.h"

#include <cstring>

#include "base/crc32c.h"
#include "checkpoint/bundle_values.h"

namespace smcli {
namespace {

uint32_t AddLength(uint32_t crc, uint64_t length) {
  char bytes[sizeof length];
  std::memcpy(bytes, &length, sizeof length);
  return Crc32c({bytes, length <= UINT32_MAX ? sizeof(uint32_t) : sizeof length}, crc);
}

Error Overrun() { return InvalidModelError("the lengths of its strings do not end in time (StringLengthsOverrun)"); }

}  // namespace

Result<StoredStrings> StoredStrings::Open(std::string_view bytes, int64_t count) {
  ByteReader reader(bytes);
  uint32_t crc = 0;
  uint64_t total = 0;
  for (int64_t i = 0; i < count; ++i) {
    const auto length = reader.Varint();
    if (!length || __builtin_add_overflow(total, *length, &total)) return Overrun();
    crc = AddLength(crc, *length);
  }
  const std::string_view lengths = bytes.substr(0, bytes.size() - reader.rest().size());
  const auto stored = reader.Take(sizeof(uint32_t));
  if (!stored) return Overrun();
  uint32_t masked;
  std::memcpy(&masked, stored->data(), sizeof masked);
  SMCLI_RETURN_IF_ERROR(CheckCrc(crc, masked, "StringLengthChecksumMismatch"));
  if (reader.rest().size() != total) {
    return InvalidModelError("{} bytes do not make {} strings (BundleSizeMismatch)", bytes.size(), count);
  }
  return StoredStrings(lengths, reader.rest(), Crc32c(*stored, crc));
}

std::string_view StoredStrings::Next() {
  const auto length = lengths_.Varint();
  const auto text = length ? texts_.Take(*length) : std::nullopt;
  if (!text) return {};
  crc_ = Crc32c(*text, crc_);
  return *text;
}

uint32_t StoredStrings::masked_crc() const { return MaskCrc(crc_); }

Result<MappedFile> StoredString(const MappedFile& bytes, uint32_t masked_crc) {
  SMCLI_ASSIGN_OR_RETURN(StoredStrings strings, StoredStrings::Open(bytes.bytes(), 1));
  const std::string_view text = strings.Next();
  SMCLI_RETURN_IF_ERROR(CheckCrc(UnmaskCrc(strings.masked_crc()), masked_crc, "BundleChecksumMismatch"));
  return MappedFile(text, bytes.keep_alive());
}

}  // namespace smcli
