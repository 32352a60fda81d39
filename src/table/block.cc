#include "table/block.h"

#include <snappy.h>

#include <cstring>

#include "base/crc32c.h"

namespace smcli {
namespace {

// No index of a checkpoint comes near; what claims to be larger is refused before memory is taken for it.
constexpr size_t kMaxUncompressed = size_t{1} << 30;
// A Snappy copy turns three bytes into 64.
constexpr size_t kMaxSnappyRatio = 22;

Result<MappedFile> Uncompress(std::string_view compressed) {
  size_t length = 0;
  if (!snappy::GetUncompressedLength(compressed.data(), compressed.size(), &length) || length > kMaxUncompressed ||
      length / kMaxSnappyRatio > compressed.size()) {
    return InvalidModelError("the Snappy data announce an impossible length (SnappyCorrupt)");
  }
  std::string bytes(length, '\0');
  if (!snappy::RawUncompress(compressed.data(), compressed.size(), bytes.data())) {
    return InvalidModelError("the Snappy data are corrupt (SnappyCorrupt)");
  }
  return MappedFile::Of(std::move(bytes));
}

}  // namespace

Result<Block> Block::Read(const MappedFile& file, const BlockHandle& handle) {
  if (!HandleFits(handle, file.size())) {
    return InvalidModelError("{} bytes do not fit into the file's {} (BlockTruncated)", handle.size, file.size());
  }
  const auto size = static_cast<size_t>(handle.size);
  const std::string_view stored = file.bytes().substr(static_cast<size_t>(handle.offset), size + kTrailerSize);
  ByteReader trailer(stored.substr(size + 1));
  const uint32_t expected = UnmaskCrc(*trailer.Fixed<uint32_t>());
  const uint32_t computed = Crc32c(stored.substr(0, size + 1));
  if (computed != expected) {
    return InvalidModelError("checksum mismatch, stored {:08x}, computed {:08x} (BlockChecksumMismatch)", expected,
                             computed);
  }
  const auto type = static_cast<uint8_t>(stored[size]);
  if (type == kRawBlock) return FromContents(MappedFile(stored.substr(0, size), file.keep_alive()));
  if (type != kSnappyBlock) {
    return InvalidModelError("compression type {} is neither raw nor Snappy (BlockBadCompressionType)", type);
  }
  SMCLI_ASSIGN_OR_RETURN(MappedFile contents, Uncompress(stored.substr(0, size)));
  return FromContents(std::move(contents));
}

Result<Block> Block::FromContents(MappedFile contents) {
  const std::string_view bytes = contents.bytes();
  uint32_t count = 0;
  if (bytes.size() >= sizeof(count)) std::memcpy(&count, bytes.data() + bytes.size() - sizeof(count), sizeof(count));
  const uint64_t restarts_size = (uint64_t{count} + 1) * sizeof(count);
  if (restarts_size > bytes.size()) return InvalidModelError("the list of restarts does not fit (BlockBadEntry)");
  Block block;
  block.entries_ = bytes.substr(0, bytes.size() - static_cast<size_t>(restarts_size));
  block.num_restarts_ = count;
  block.contents_ = std::move(contents);
  for (uint32_t i = 0; i < count; ++i) {
    const uint32_t offset = block.restart(i);
    if (offset > 0 && offset >= block.entries_.size()) {
      return InvalidModelError("restart {} lies outside the entries (BlockBadEntry)", i);
    }
  }
  return block;
}

uint32_t Block::restart(uint32_t i) const {
  uint32_t offset;
  std::memcpy(&offset, entries_.data() + entries_.size() + sizeof(offset) * i, sizeof(offset));
  return offset;
}

bool BlockCursor::Fail() {
  bad_ = true;
  key_.clear();
  value_ = {};
  return false;
}

// The entry at at_; key_ holds the key before it.
bool BlockCursor::ReadEntry() {
  ByteReader reader(block_.entries().substr(at_));
  const auto shared = reader.Varint();
  const auto unshared = shared ? reader.Varint() : std::nullopt;
  const auto value_length = unshared ? reader.Varint() : std::nullopt;
  if (!value_length || *shared > key_.size()) return Fail();
  const auto suffix = reader.Take(*unshared);
  const auto value = suffix ? reader.Take(*value_length) : std::nullopt;
  if (!value) return Fail();
  const auto kept = static_cast<size_t>(*shared);
  if (!first_ && std::string_view(key_).substr(kept) >= *suffix) return Fail();
  first_ = false;
  key_.resize(kept);
  key_.append(*suffix);
  value_ = *value;
  at_ += reader.position();
  return true;
}

bool BlockCursor::Next() {
  if (bad_ || at_ == block_.entries().size()) return false;
  return ReadEntry();
}

bool BlockCursor::MoveTo(uint32_t restart) {
  at_ = block_.restart(restart);
  key_.clear();
  first_ = true;
  return Next();
}

bool BlockCursor::Seek(std::string_view target) {
  if (bad_ || block_.entries().empty()) return false;
  // The last restart whose key is below the target; the first one if none is.
  uint32_t low = 0, high = block_.num_restarts();
  while (high - low > 1) {
    const uint32_t middle = low + (high - low) / 2;
    if (!MoveTo(middle)) return Fail();
    (key_ < target ? low : high) = middle;
  }
  at_ = low < block_.num_restarts() ? block_.restart(low) : 0;
  key_.clear();
  first_ = true;
  while (Next()) {
    if (key_ >= target) return true;
  }
  return false;
}

Status BlockCursor::status() const {
  if (!bad_) return {};
  return InvalidModelError("the entry at byte {} is malformed or out of order (BlockBadEntry)", at_);
}

}  // namespace smcli
