// Table: a LevelDB table file, read lazily. Opening it reads the footer and the index block; each data block is checked
// when it is reached. Several threads may use one Table.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/result.h"
#include "table/block.h"

namespace smcli {

class Table {
 public:
  // `InvalidModelError` of DecodeFooter and Block::Read. The caller adds the file's name.
  static Result<Table> Open(MappedFile file);

  struct Value {
    std::string_view bytes;
    std::shared_ptr<const void> keep_alive;  // of the file or the decompressed block
  };
  // The value under a key; nullopt where there is none.
  Result<std::optional<Value>> Find(std::string_view key) const;

 private:
  friend class TableCursor;
  // The block that was needed last: neighbouring keys are usually looked up one after another.
  struct RecentBlock;

  Table(MappedFile file, Block index);
  Result<Block> ReadBlock(std::string_view index_value) const;

  MappedFile file_;
  Block index_;
  std::shared_ptr<RecentBlock> recent_;
};

// All entries of a table in the order of their keys, which are compared as bytes. The table must outlive the cursor.
//   TableCursor cursor(table);
//   while (cursor.Next()) Use(cursor.key(), cursor.value());
//   SMCLI_RETURN_IF_ERROR(cursor.TakeStatus());
class TableCursor {
 public:
  explicit TableCursor(const Table& table) : table_(table), index_(table.index_) {}

  // False at the end, and at the first fault: blocks that cannot be read, keys out of order.
  bool Next();
  std::string_view key() const { return data_.key(); }      // until the next move
  std::string_view value() const { return data_.value(); }  // until the next move
  Status TakeStatus() { return std::move(status_); }

 private:
  bool NextBlock();

  const Table& table_;
  BlockCursor index_;
  BlockCursor data_;
  std::string last_key_;  // of the blocks before; has_last_key_: there were any
  bool has_last_key_ = false;
  bool block_has_keys_ = false;  // the present one, up to here
  Status status_;
};

}  // namespace smcli
