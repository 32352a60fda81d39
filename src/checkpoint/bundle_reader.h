// BundleReader: the tensors of a checkpoint by key. It reads tensor bundles (PREFIX.index and
// PREFIX.data-SSSSS-of-NNNNN, what a SavedModel's variables/ holds) and the older V1 checkpoints (tables that hold the
// values themselves). Opening one reads the index alone; data files are mapped when a tensor in them is asked for.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "checkpoint/tensor_slice.h"
#include "tensor/tensor.h"

namespace smcli {

class ThreadPool;

// The key of an object-based checkpoint's TrackableObjectGraph, a scalar string.
inline constexpr std::string_view kObjectGraphKey = "_CHECKPOINTABLE_OBJECT_GRAPH";

// A bundle's index is PREFIX.index, and often names the checkpoint.
inline constexpr std::string_view kIndexSuffix = ".index";
// `path` itself where it does not end so.
inline std::string_view WithoutIndexSuffix(std::string_view path) {
  return path.ends_with(kIndexSuffix) ? path.substr(0, path.size() - kIndexSuffix.size()) : path;
}

// Where a tensor, or a slice of one, lies.
struct BundlePiece {
  TensorSlice slice;        // with its lengths known; of a tensor that is stored whole: unused
  bool found = true;        // false: the tensor lists this slice, but the index has no entry for it
  bool fits = true;         // false: that entry has another dtype or shape
  int32_t shard = 0;        // data file; of a V1 checkpoint: table file, and what follows is 0
  int64_t offset = 0;       // in that file
  int64_t size = 0;         // bytes there
  uint32_t masked_crc = 0;  // of those bytes
};

// One tensor. Everything lives as long as the reader.
struct BundleEntry {
  std::string_view key;
  DataType dtype = DataType::kInvalid;  // kInvalid: a number that names no type we know
  int dtype_number = 0;
  Shape shape;                          // of the whole tensor
  bool sliced = false;                  // stored in slices
  std::span<const BundlePiece> pieces;  // one, unless sliced

  // Bytes in the data files; 0 in a V1 checkpoint.
  int64_t stored_bytes() const;
};

class BundleReader {
 public:
  // Of a bundle, whose index `prefix` may be itself, or a V1 checkpoint whose file is `prefix` itself or
  // `prefix`-SSSSS-of-NNNNN. `files` must outlive the reader. `NotFoundError` where there is none of these;
  // `InvalidModelError` for an index that cannot be read, in the words of docs/formats/tensor_bundle.md
  // (BundleHeaderMissing, BundleEntryUnparsable, ...).
  static Result<std::unique_ptr<BundleReader>> Open(const FileSystem& files, const std::string& prefix);
  virtual ~BundleReader() = default;

  // In the order of their keys, as bytes.
  std::span<const BundleEntry> entries() const { return entries_; }
  // Null where there is none.
  const BundleEntry* Find(std::string_view key) const;

  struct ReadOptions {
    bool verify = true;          // compare the bytes with their checksum
    ThreadPool* pool = nullptr;  // shares the work of checksums
  };
  // The whole tensor; slices are put together. A tensor that lies in the file as it lies in memory is not copied but
  // looks into the mapped file. Several threads may read at once.
  // `InvalidModelError` for a data file that is missing or short (its name is in the message), checksums and sizes that
  // do not fit; `UnsupportedError` for a dtype that a checkpoint cannot hold or that we do not know.
  Result<Tensor> Read(const BundleEntry& entry, const ReadOptions& options) const;
  Result<Tensor> Read(const BundleEntry& entry) const { return Read(entry, ReadOptions()); }
  // `NotFoundError`, with the nearest key, where there is none.
  Result<Tensor> Read(std::string_view key) const;

  // Consecutive elements of a tensor where they lie in a mapped data file.
  struct Run {
    MappedFile bytes;
    uint32_t masked_crc = 0;  // not compared yet
  };
  // All elements in order, for those who stream them; nullopt where they are not stored as they lie in memory: strings,
  // variants, another byte order, V1 checkpoints, slices that cut other dimensions than the first. Errors as of Read.
  Result<std::optional<std::vector<Run>>> Runs(const BundleEntry& entry) const;

  // The bytes of a tensor as they lie in its data file, whatever they mean (bundle_values.h); nullopt where they are
  // not in one place: slices, V1 checkpoints. Errors as of Read.
  Result<std::optional<MappedFile>> StoredBytes(const BundleEntry& entry) const;

  // The bytes under kObjectGraphKey, where they lie if they can stay there; none where the checkpoint is not
  // object-based. Errors as of Read.
  Result<MappedFile> ObjectGraph() const;

  const std::string& prefix() const { return prefix_; }
  int num_shards() const { return num_shards_; }
  bool is_v1() const { return is_v1_; }
  bool big_endian() const { return big_endian_; }
  // "PREFIX.data-00000-of-00001"; of a V1 checkpoint, the table file.
  virtual std::string ShardPath(int shard) const = 0;

 protected:
  BundleReader(std::string prefix, bool is_v1) : prefix_(std::move(prefix)), is_v1_(is_v1) {}

  // One piece of an entry, as a tensor of this shape.
  virtual Result<Tensor> ReadPiece(const BundleEntry& entry, const BundlePiece& piece, const Shape& shape,
                                   const ReadOptions& options) const = 0;

  // The bytes of a piece in its data file; nullopt where there are none.
  virtual Result<std::optional<MappedFile>> MapPiece(const BundlePiece&) const { return std::nullopt; }

  // Address space for about so much; memory is taken when it is filled.
  void Reserve(size_t entries, size_t key_bytes);
  // While the index is read: adds an entry, whose key is greater than all before, with its pieces.
  void AddEntry(std::string_view key, BundleEntry&& entry, std::span<BundlePiece> pieces);
  // When all are there: makes the entries point to their keys and pieces.
  void ConnectEntries();
  std::span<const BundlePiece> pieces() const { return pieces_; }

  bool big_endian_ = false;
  int num_shards_ = 0;

 private:
  struct Extent {
    size_t key;  // bytes
    size_t pieces;
  };

  Result<Tensor> Assemble(const BundleEntry& entry, const ReadOptions& options) const;

  std::string prefix_;
  bool is_v1_;
  std::vector<BundleEntry> entries_;
  std::vector<BundlePiece> pieces_;  // what the entries' spans point into
  std::string keys_;                 // what the entries' keys point into
  std::vector<Extent> extents_;      // of each entry, until they are connected
};

}  // namespace smcli
