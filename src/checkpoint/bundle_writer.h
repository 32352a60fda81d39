// BundleWriter: writes a tensor bundle, which TensorFlow and BundleReader read. The same calls give the same bytes.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "tensor/tensor.h"

namespace smcli {

class BundleWriter {
 public:
  // `shards`: the number of data files, at least 1. The directory of `prefix` exists; `files` outlives the writer.
  // `snappy`: the index is compressed.
  BundleWriter(FileSystem& files, std::string prefix, int shards = 1, bool snappy = false);

  // Appends a tensor to a data file; any order, but the same order for the same bytes. `UsageError` for a key that was
  // there before, the empty key and those that begin with a zero byte, which mean something else; `UnsupportedError`
  // for handles, and for variants that a file cannot hold.
  Status Add(std::string_view key, const Tensor& tensor, int shard = 0);

  // The same of a plain tensor whose elements, as they lie in memory, come next, in calls of Append, until End.
  Status Begin(std::string_view key, DataType dtype, const Shape& shape, int shard = 0);
  Status Append(std::string_view bytes);
  Status End();

  // Another key for the bytes of one that was added: they are stored once. The tensors are equal.
  Status AddAlias(std::string_view key, std::string_view added);

  // Writes the index and puts all files in their places, the index last. Without it, or when it fails, nothing is left.
  Status Finish();

 private:
  // The tensor that is being written.
  struct Open {
    std::string key;
    DataType dtype = DataType::kInvalid;
    Shape shape;
    int shard = 0;
    OutputFile* file = nullptr;
    uint64_t offset = 0;
    uint32_t crc = 0;
  };

  Status CheckKey(std::string_view key) const;
  Status Start(std::string_view key, DataType dtype, const Shape& shape, int shard);
  void Record();
  Result<OutputFile*> DataFile(int shard);
  Status AppendPadding(OutputFile& file, size_t alignment);
  Status CommitDataFiles();

  FileSystem& files_;
  std::string prefix_;
  std::vector<std::unique_ptr<OutputFile>> data_;  // null until it is needed
  bool snappy_;
  Open open_;
  std::map<std::string, std::string, std::less<>> entries_;
};

// Spreads tensors of these sizes over data files so that each gets about the same number of bytes and at least one
// tensor: the data file of each, ascending. More shards than tensors are not used; no tensors still make one shard.
struct ShardPlan {
  std::vector<int> shard_of;
  int shards = 1;
};
ShardPlan SpreadOverShards(std::span<const int64_t> sizes, int shards);

}  // namespace smcli
