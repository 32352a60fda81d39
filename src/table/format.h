// LevelDB's table file: a sorted map from strings to strings that is written once. The layout, all little-endian:
//
//   data block 0 | trailer | ... | data block n | trailer
//   metaindex block | trailer      empty in practice
//   index block | trailer          one entry per data block: a key >= all of its keys and < all of the next one's,
//                                  and the block's handle
//   footer, 48 bytes               metaindex handle, index handle, zeros up to byte 40, magic number
//
//   handle:  varint64 offset, varint64 size (without the trailer)
//   trailer: type (0 raw, 1 Snappy), masked CRC-32C of the stored bytes and the type
//   block:   entries, then uint32 offsets of the restarts, then their uint32 count
//   entry:   varint32 shared, varint32 unshared, varint32 value length, unshared bytes of the key, value
//            (the key's first `shared` bytes are those of the key before; at a restart, shared is 0)
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace smcli {

inline constexpr uint64_t kTableMagic = 0xdb4775248b80fb57u;
inline constexpr size_t kFooterSize = 48;
inline constexpr size_t kTrailerSize = 5;
inline constexpr uint8_t kRawBlock = 0;
inline constexpr uint8_t kSnappyBlock = 1;

struct BlockHandle {
  uint64_t offset = 0;
  uint64_t size = 0;
};

// Moves the reader behind the handle; nullopt where there is none.
std::optional<BlockHandle> DecodeHandle(ByteReader& reader);
void AppendHandle(const BlockHandle& handle, std::string& out);

struct Footer {
  BlockHandle metaindex;
  BlockHandle index;
};

// From the last bytes of a whole file; both blocks lie inside the file, before the footer. `InvalidModelError`
// TableTooShort, TableBadMagic, TableBadHandle.
Result<Footer> DecodeFooter(std::string_view file);
std::string EncodeFooter(const Footer& footer);

// Does a block and its trailer lie before the footer of a file of `file_size` bytes?
bool HandleFits(const BlockHandle& handle, uint64_t file_size);

}  // namespace smcli
