// Block: one block of a table file, checked and decompressed. BlockCursor: its entries in order.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/result.h"
#include "table/format.h"

namespace smcli {

class Block {
 public:
  Block() = default;  // no entries
  // The block at `handle`: CRC and type are checked, Snappy is undone, restarts are sound. `InvalidModelError`
  // BlockTruncated, BlockChecksumMismatch, BlockBadCompressionType, SnappyCorrupt, BlockBadEntry.
  static Result<Block> Read(const MappedFile& file, const BlockHandle& handle);

  std::string_view entries() const { return entries_; }
  uint32_t num_restarts() const { return num_restarts_; }
  // Offset into entries(), below their size (or 0 where there are none).
  uint32_t restart(uint32_t i) const;
  // Keeps entries() in place.
  const std::shared_ptr<const void>& keep_alive() const { return contents_.keep_alive(); }

 private:
  static Result<Block> FromContents(MappedFile contents);

  MappedFile contents_;
  std::string_view entries_;
  uint32_t num_restarts_ = 0;
};

class BlockCursor {
 public:
  BlockCursor() = default;
  // Before the first entry.
  explicit BlockCursor(Block block) : block_(std::move(block)) {}

  // Moves to the next entry; false at the end and at an entry that cannot be read (see status()) or whose key is not
  // greater than the one before.
  bool Next();
  // Moves to the first entry whose key is at least `target`; false where there is none, or at a bad entry.
  bool Seek(std::string_view target);

  std::string_view key() const { return key_; }      // until the next move
  std::string_view value() const { return value_; }  // as long as the block
  const Block& block() const { return block_; }
  // `InvalidModelError` BlockBadEntry.
  Status status() const;

 private:
  bool Fail();
  bool ReadEntry();
  bool MoveTo(uint32_t restart);

  Block block_;
  size_t at_ = 0;      // of the next entry
  bool first_ = true;  // no key to compare with yet
  bool bad_ = false;
  std::string key_;
  std::string_view value_;
};

}  // namespace smcli
