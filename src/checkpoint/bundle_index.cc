#include "checkpoint/bundle_index.h"

#include <algorithm>

#include "base/crc32c.h"
#include "base/utf8.h"
#include "base/wire.h"
#include "checkpoint/bundle_values.h"
#include "checkpoint/data_files.h"
#include "checkpoint/version_check.h"
#include "table/table.h"
#include "tensor/tensor_proto.h"

namespace smcli {
namespace {

// About what a short entry takes in an index file, its key prefix shared with its neighbour's.
constexpr size_t kMinEntryBytes = 32;
// How much longer than the index its keys are, usually at most, when their prefixes are written out.
constexpr size_t kMaxKeyGrowth = 4;

// A BundleEntryProto.
struct StoredEntry {
  int dtype_number = 0;
  Shape shape;
  BundlePiece piece;
  std::vector<TensorSlice> slices;
};

struct Header {
  int num_shards = 0;
  bool big_endian = false;
};

Result<Header> ParseHeader(std::string_view proto) {
  Header header;
  WireReader reader(proto);
  WireField field;
  while (reader.Next(field)) {
    if (field.is(1, WireType::kVarint)) header.num_shards = field.as_int32();
    if (field.is(2, WireType::kVarint)) header.big_endian = field.value == 1;
    if (field.is(3, WireType::kBytes)) SMCLI_RETURN_IF_ERROR(CheckVersion(field.bytes));
  }
  SMCLI_RETURN_IF_ERROR(reader.status().Annotate("the header is unreadable (BundleHeaderUnparsable)"));
  if (header.num_shards >= 1) return header;
  return InvalidModelError("the header speaks of {} data files (BundleHeaderUnparsable)", header.num_shards);
}

// Into a fresh entry: handing one back would copy it more than once, for each of many thousands.
Status ParseEntry(std::string_view proto, StoredEntry& entry) {
  WireReader reader(proto);
  WireField field;
  while (reader.Next(field)) {
    if (field.is(1, WireType::kVarint)) entry.dtype_number = field.as_int32();
    if (field.is(2, WireType::kBytes)) {
      SMCLI_ASSIGN_OR_RETURN(const PartialShape shape, ShapeFromBytes(field.bytes));
      if (!shape.known_rank()) return InvalidModelError("its shape is unknown (ShapeInvalid)");
      SMCLI_ASSIGN_OR_RETURN(entry.shape, Shape::Make(shape.dims()).Annotate("(ShapeInvalid)"));
    }
    if (field.is(3, WireType::kVarint)) entry.piece.shard = field.as_int32();
    if (field.is(4, WireType::kVarint)) entry.piece.offset = field.as_int64();
    if (field.is(5, WireType::kVarint)) entry.piece.size = field.as_int64();
    if (field.is(6, WireType::kFixed32)) entry.piece.masked_crc = static_cast<uint32_t>(field.value);
    if (field.is(7, WireType::kBytes)) {
      SMCLI_ASSIGN_OR_RETURN(TensorSlice slice, TensorSlice::FromBytes(field.bytes));
      entry.slices.push_back(std::move(slice));
    }
  }
  return reader.status().Annotate("(BundleEntryUnparsable)");
}

class Bundle final : public BundleReader {
 public:
  Bundle(const FileSystem& files, const std::string& prefix) : BundleReader(prefix, false), data_(files) {}

  Status ReadIndex(MappedFile index);

  std::string ShardPath(int shard) const override { return BundleShardPath(prefix(), shard, num_shards_); }

 protected:
  Result<Tensor> ReadPiece(const BundleEntry& entry, const BundlePiece& piece, const Shape& shape,
                           const ReadOptions& options) const override;
  Result<std::optional<MappedFile>> MapPiece(const BundlePiece& piece) const override;

 private:
  // Slice keys sort before all names, so a tensor's slices are known when its own entry comes.
  using Slices = std::vector<std::pair<std::string, StoredEntry>>;

  Status AddStored(std::string_view key, StoredEntry&& stored, const Slices& slices);

  mutable DataFiles data_;
};

Status Bundle::ReadIndex(MappedFile index) {
  Reserve(index.size() / kMinEntryBytes, index.size() * kMaxKeyGrowth);
  SMCLI_ASSIGN_OR_RETURN(const Table table, Table::Open(std::move(index)));
  TableCursor cursor(table);
  const bool has_header = cursor.Next() && cursor.key().empty();
  SMCLI_RETURN_IF_ERROR(cursor.TakeStatus());
  if (!has_header) return InvalidModelError("there is no entry under the empty key (BundleHeaderMissing)");
  SMCLI_ASSIGN_OR_RETURN(const Header header, ParseHeader(cursor.value()));
  num_shards_ = header.num_shards;
  big_endian_ = header.big_endian;
  Slices slices;
  while (cursor.Next()) {
    StoredEntry stored;
    auto status = ParseEntry(cursor.value(), stored);
    if (status.ok() && IsSliceKey(cursor.key())) {
      slices.emplace_back(cursor.key(), std::move(stored));
    } else if (status.ok()) {
      status = AddStored(cursor.key(), std::move(stored), slices);
    }
    if (!status.ok()) return std::move(status).Annotate(Quoted(cursor.key()));
  }
  SMCLI_RETURN_IF_ERROR(cursor.TakeStatus());
  ConnectEntries();
  return {};
}

Status Bundle::AddStored(std::string_view key, StoredEntry&& stored, const Slices& slices) {
  BundleEntry entry;
  // A reference type's number has no place here, but TensorFlow reads it as the type.
  entry.dtype = DataTypeFromNumber(stored.dtype_number).value_or(DataType::kInvalid);
  entry.dtype_number = stored.dtype_number;
  entry.shape = std::move(stored.shape);
  entry.sliced = !stored.slices.empty();
  if (!entry.sliced) {
    AddEntry(key, std::move(entry), {&stored.piece, 1});
    return {};
  }
  std::vector<BundlePiece> pieces;
  for (const TensorSlice& slice : stored.slices) {
    SMCLI_ASSIGN_OR_RETURN(TensorSlice within, slice.Within(entry.shape));
    const std::string slice_key = EncodeSliceKey(key, slice);
    const auto at = std::ranges::lower_bound(slices, slice_key, {}, &Slices::value_type::first);
    BundlePiece piece;
    piece.found = at != slices.end() && at->first == slice_key;
    if (piece.found) {
      piece = at->second.piece;
      piece.fits = at->second.dtype_number == entry.dtype_number && at->second.shape == within.shape();
    }
    piece.slice = std::move(within);
    pieces.push_back(std::move(piece));
  }
  AddEntry(key, std::move(entry), pieces);
  return {};
}

Result<std::optional<MappedFile>> Bundle::MapPiece(const BundlePiece& piece) const {
  if (piece.shard < 0 || piece.shard >= num_shards_) {
    return InvalidModelError("it lies in data file {} of {} (BundleShardOutOfRange)", piece.shard, num_shards_);
  }
  const std::string path = ShardPath(piece.shard);
  SMCLI_ASSIGN_OR_RETURN(const MappedFile file, data_.Map(piece.shard, path));
  const auto offset = static_cast<uint64_t>(piece.offset), size = static_cast<uint64_t>(piece.size);
  if (piece.offset < 0 || piece.size < 0 || offset > file.size() || size > file.size() - offset) {
    return InvalidModelError("{} has {} bytes, too few for the {} at {}{} (BundleDataTruncated)", path, file.size(),
                             piece.size, piece.offset, PointerHint(file.bytes()));
  }
  return MappedFile(file.bytes().substr(static_cast<size_t>(offset), static_cast<size_t>(size)), file.keep_alive());
}

Result<Tensor> Bundle::ReadPiece(const BundleEntry& entry, const BundlePiece& piece, const Shape& shape,
                                 const ReadOptions& options) const {
  SMCLI_ASSIGN_OR_RETURN(const std::optional<MappedFile> bytes, MapPiece(piece));
  return DecodeBundleValue({entry.dtype, shape, piece.masked_crc, *bytes}, {big_endian_, options.verify, options.pool});
}

}  // namespace

std::string BundleShardPath(const std::string& prefix, int shard, int num_shards) {
  return fmt::format("{}.data-{:05}-of-{:05}", prefix, shard, num_shards);
}

Result<std::unique_ptr<BundleReader>> OpenBundle(const FileSystem& files, const std::string& prefix) {
  const std::string path = prefix + ".index";
  SMCLI_ASSIGN_OR_RETURN(MappedFile index, files.Map(path));
  auto bundle = std::make_unique<Bundle>(files, prefix);
  SMCLI_RETURN_IF_ERROR(bundle->ReadIndex(std::move(index)).Annotate(path));
  return bundle;
}

}  // namespace smcli
