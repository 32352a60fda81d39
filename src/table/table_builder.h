// TableBuilder: writes a table file, byte for byte as TensorFlow's checkpoint writers do.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/result.h"
#include "table/format.h"

namespace smcli {

// The bytes of one block in the making.
class BlockBuilder {
 public:
  explicit BlockBuilder(int restart_interval) : restart_interval_(restart_interval) {}

  // Keys ascend.
  void Add(std::string_view key, std::string_view value);
  // Of the finished block.
  size_t size() const { return bytes_.size() + restarts_.size() + sizeof(uint32_t); }
  bool empty() const { return bytes_.empty(); }
  const std::string& last_key() const { return last_key_; }
  // The whole block; the builder starts anew.
  std::string Finish();

 private:
  int restart_interval_;
  int since_restart_ = 0;
  std::string bytes_;
  std::string restarts_ = std::string(sizeof(uint32_t), '\0');  // uint32 offsets; the first entry is always one
  std::string last_key_;
};

class TableBuilder {
 public:
  struct Options {
    size_t block_size = 262144;  // a block ends when it reaches this; TensorFlow's choice
    int restart_interval = 16;
    bool snappy = false;  // public releases of TensorFlow write raw blocks
  };

  // `file` must outlive the builder.
  TableBuilder(OutputFile& file, const Options& options);

  // Keys must ascend strictly, as bytes (SMCLI_CHECKed).
  Status Add(std::string_view key, std::string_view value);
  // Writes what is left, the index and the footer. The caller commits the file.
  Status Finish();

 private:
  Status FlushDataBlock();
  Result<BlockHandle> WriteBlock(const std::string& contents);

  OutputFile& file_;
  Options options_;
  BlockBuilder data_;
  BlockBuilder index_{1};
  // The finished data block that the index lacks as yet: its entry's key depends on the key that follows.
  bool pending_ = false;
  BlockHandle pending_handle_;
  std::string last_key_;
  bool has_keys_ = false;
};

}  // namespace smcli
