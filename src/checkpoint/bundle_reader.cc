#include "checkpoint/bundle_reader.h"

#include <algorithm>

#include "base/text.h"
#include "base/utf8.h"
#include "checkpoint/bundle_index.h"
#include "checkpoint/slice_assembly.h"
#include "checkpoint/stored_strings.h"
#include "checkpoint/v1_checkpoint.h"

namespace smcli {

int64_t BundleEntry::stored_bytes() const {
  int64_t total = 0;
  for (const BundlePiece& piece : pieces) {
    if (__builtin_add_overflow(total, piece.size, &total)) return INT64_MAX;
  }
  return total;
}

Result<std::unique_ptr<BundleReader>> BundleReader::Open(const FileSystem& files, const std::string& prefix) {
  const std::string index = prefix + std::string(kIndexSuffix);
  if (files.Exists(index)) return OpenBundle(files, prefix);
  if (prefix.ends_with(kIndexSuffix) && files.Exists(prefix)) {
    return OpenBundle(files, std::string(WithoutIndexSuffix(prefix)));
  }
  const std::vector<std::string> tables = FindV1Tables(files, prefix);
  if (!tables.empty()) return OpenV1Checkpoint(files, prefix, tables);
  return NotFoundError("{}: no checkpoint is here: there is no {}", prefix, index);
}

void BundleReader::Reserve(size_t entries, size_t key_bytes) {
  keys_.reserve(key_bytes);
  entries_.reserve(entries);
  pieces_.reserve(entries);
  extents_.reserve(entries);
}

void BundleReader::AddEntry(std::string_view key, BundleEntry&& entry, std::span<BundlePiece> pieces) {
  keys_ += key;
  extents_.push_back({key.size(), pieces.size()});
  std::ranges::move(pieces, std::back_inserter(pieces_));
  entries_.push_back(std::move(entry));
}

void BundleReader::ConnectEntries() {
  size_t key = 0, piece = 0;
  for (size_t i = 0; i < entries_.size(); ++i) {
    entries_[i].key = std::string_view(keys_).substr(key, extents_[i].key);
    entries_[i].pieces = std::span<const BundlePiece>(pieces_).subspan(piece, extents_[i].pieces);
    key += extents_[i].key;
    piece += extents_[i].pieces;
  }
  extents_ = {};
}

const BundleEntry* BundleReader::Find(std::string_view key) const {
  const auto at = std::ranges::lower_bound(entries_, key, {}, &BundleEntry::key);
  return at != entries_.end() && at->key == key ? &*at : nullptr;
}

Result<Tensor> BundleReader::Read(std::string_view key) const {
  if (const BundleEntry* entry = Find(key)) return Read(*entry);
  std::vector<std::string_view> keys;
  for (const BundleEntry& entry : entries_) keys.push_back(entry.key);
  return NotFoundError("{}: there is no tensor {}{}", prefix_, Quoted(key), Suggestion(key, keys, 10));
}

Result<Tensor> BundleReader::Read(const BundleEntry& entry, const ReadOptions& options) const {
  if (entry.dtype == DataType::kInvalid || entry.dtype == DataType::kResource) {
    return UnsupportedError("{}: tensor {} has dtype number {}, which {} (DtypeUnsupported)", prefix_,
                            Quoted(entry.key), entry.dtype_number,
                            entry.dtype == DataType::kResource ? "a checkpoint cannot hold" : "we do not know");
  }
  auto tensor = entry.sliced ? Assemble(entry, options) : ReadPiece(entry, entry.pieces.front(), entry.shape, options);
  return std::move(tensor).Annotate(fmt::format("{}: tensor {}", prefix_, Quoted(entry.key)));
}

Result<std::optional<std::vector<BundleReader::Run>>> BundleReader::Runs(const BundleEntry& entry) const {
  const auto element = static_cast<uint64_t>(SizeOf(entry.dtype));
  constexpr DataTypeSet kAsInMemory =
      kPlain - (DataType::kBool | DataType::kInt4 | DataType::kUint4 | DataType::kInt2 | DataType::kUint2);
  if (big_endian_ || is_v1_ || !kAsInMemory.Contains(entry.dtype)) return std::nullopt;
  const std::string place = fmt::format("{}: tensor {}", prefix_, Quoted(entry.key));
  std::vector<const BundlePiece*> order;
  for (const BundlePiece& piece : entry.pieces) order.push_back(&piece);
  if (entry.sliced) {
    if (!CutsFirstDimensionOnly(entry)) return std::nullopt;
    SMCLI_RETURN_IF_ERROR(CheckSlices(entry).Annotate(place));
    std::ranges::sort(order, {}, [](const BundlePiece* piece) { return piece->slice.extents()[0].start; });
  }
  std::vector<Run> runs;
  for (const BundlePiece* piece : order) {
    const Shape shape = entry.sliced ? piece->slice.shape() : entry.shape;
    SMCLI_ASSIGN_OR_RETURN(const std::optional<MappedFile> bytes, MapPiece(*piece).Annotate(place));
    if (!bytes) return std::nullopt;
    uint64_t size = 0;
    if (__builtin_mul_overflow(static_cast<uint64_t>(shape.num_elements()), element, &size) || size != bytes->size()) {
      return InvalidModelError("{}: {} bytes do not make a {} tensor of shape {} (BundleSizeMismatch)", place,
                               bytes->size(), Name(entry.dtype), shape.ToString());
    }
    runs.push_back({*bytes, piece->masked_crc});
  }
  return runs;
}

Result<std::optional<MappedFile>> BundleReader::StoredBytes(const BundleEntry& entry) const {
  if (is_v1_ || entry.sliced || entry.pieces.size() != 1) return std::nullopt;
  return MapPiece(entry.pieces[0]).Annotate(fmt::format("{}: tensor {}", prefix_, Quoted(entry.key)));
}

Result<Tensor> BundleReader::Assemble(const BundleEntry& entry, const ReadOptions& options) const {
  SMCLI_RETURN_IF_ERROR(CheckSlices(entry));
  // All parts first: that their bytes are there proves that the whole is not too large to exist.
  std::vector<Tensor> parts;
  for (const BundlePiece& piece : entry.pieces) {
    SMCLI_ASSIGN_OR_RETURN(Tensor part, ReadPiece(entry, piece, piece.slice.shape(), options));
    parts.push_back(std::move(part));
  }
  SMCLI_ASSIGN_OR_RETURN(Tensor whole, Tensor::Make(entry.dtype, entry.shape));
  for (size_t i = 0; i < parts.size(); ++i) CopyIntoSlice(parts[i], entry.pieces[i].slice, whole);
  return whole;
}

Result<MappedFile> BundleReader::ObjectGraph() const {
  const BundleEntry* entry = Find(kObjectGraphKey);
  if (entry == nullptr) return MappedFile();
  if (entry->dtype == DataType::kString && entry->shape.num_elements() == 1 && !big_endian_) {
    SMCLI_ASSIGN_OR_RETURN(const std::optional<MappedFile> bytes, StoredBytes(*entry));
    if (bytes && bytes->size() > 0) {
      return StoredString(*bytes, entry->pieces[0].masked_crc)
          .Annotate(fmt::format("{}: tensor {}", prefix_, Quoted(entry->key)));
    }
  }
  SMCLI_ASSIGN_OR_RETURN(const Tensor tensor, Read(*entry));
  if (tensor.dtype() != DataType::kString || tensor.num_elements() != 1) {
    return InvalidModelError("{}: tensor {} is a {} of shape {}, not one string", prefix_, kObjectGraphKey,
                             Name(tensor.dtype()), tensor.shape().ToString());
  }
  return MappedFile::Of(tensor.scalar<std::string>());
}

}  // namespace smcli
