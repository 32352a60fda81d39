#include "checkpoint/v1_checkpoint.h"

#include <algorithm>
#include <map>

#include "base/path.h"
#include "base/text.h"
#include "base/utf8.h"
#include "base/wire.h"
#include "checkpoint/version_check.h"
#include "table/table.h"
#include "tensor/tensor_proto.h"

namespace smcli {
namespace {

// Fields of SavedTensorSlices, SavedTensorSliceMeta, SavedSliceMeta, SavedSlice and TensorProto.
constexpr uint32_t kMeta = 1, kData = 2;
constexpr uint32_t kMetaTensor = 1, kMetaVersions = 2;
constexpr uint32_t kSliceMetaName = 1, kSliceMetaShape = 2, kSliceMetaType = 3, kSliceMetaSlice = 4;
constexpr uint32_t kSliceData = 3;
constexpr uint32_t kTensorDtype = 1, kTensorShape = 2;

// What the records under the empty keys of all files say about one tensor.
struct Listed {
  int dtype_number = 0;
  Shape shape;
  std::vector<std::pair<int32_t, TensorSlice>> slices;  // and the file each is in
};
using Listing = std::map<std::string, Listed, std::less<>>;

Status AddTensor(std::string_view slice_meta, int32_t file, Listing& listing) {
  std::string_view name;
  Listed tensor;
  WireReader reader(slice_meta);
  WireField field;
  while (reader.Next(field)) {
    if (field.is(kSliceMetaName, WireType::kBytes)) name = field.bytes;
    if (field.is(kSliceMetaType, WireType::kVarint)) tensor.dtype_number = field.as_int32();
    if (field.is(kSliceMetaShape, WireType::kBytes)) {
      SMCLI_ASSIGN_OR_RETURN(const PartialShape shape, ShapeFromBytes(field.bytes));
      SMCLI_ASSIGN_OR_RETURN(tensor.shape, Shape::Make(shape.dims()));
    }
    if (field.is(kSliceMetaSlice, WireType::kBytes)) {
      SMCLI_ASSIGN_OR_RETURN(TensorSlice slice, TensorSlice::FromBytes(field.bytes));
      tensor.slices.emplace_back(file, std::move(slice));
    }
  }
  SMCLI_RETURN_IF_ERROR(reader.status());
  const auto [at, fresh] = listing.try_emplace(std::string(name), tensor);
  if (fresh) return {};
  if (at->second.dtype_number != tensor.dtype_number || at->second.shape != tensor.shape) {
    return InvalidModelError("{} has another dtype or shape than in the files before", Quoted(name));
  }
  std::ranges::move(tensor.slices, std::back_inserter(at->second.slices));
  return {};
}

Status ReadMeta(const Table& table, int32_t file, Listing& listing) {
  SMCLI_ASSIGN_OR_RETURN(const auto record, table.Find(""));
  bool found = false;
  WireReader reader(record ? record->bytes : std::string_view());
  WireField field;
  while (reader.Next(field)) {
    if (!field.is(kMeta, WireType::kBytes)) continue;
    found = true;
    WireReader meta(field.bytes);
    WireField part;
    while (meta.Next(part)) {
      if (part.is(kMetaVersions, WireType::kBytes)) SMCLI_RETURN_IF_ERROR(CheckVersion(part.bytes));
      if (part.is(kMetaTensor, WireType::kBytes)) SMCLI_RETURN_IF_ERROR(AddTensor(part.bytes, file, listing));
    }
    SMCLI_RETURN_IF_ERROR(meta.status());
  }
  SMCLI_RETURN_IF_ERROR(reader.status());
  return found ? Status() : InvalidModelError("the empty key holds no list of tensors (V1MetaMissing)");
}

// The value of a record, a SavedTensorSlices with data: the fields of its TensorProto. Empty where it has none.
Result<std::string_view> FindValues(std::string_view record) {
  std::string_view values;
  WireReader reader(record);
  WireField field;
  while (reader.Next(field)) {
    if (!field.is(kData, WireType::kBytes)) continue;
    WireReader slice(field.bytes);
    WireField part;
    while (slice.Next(part)) {
      if (part.is(kSliceData, WireType::kBytes)) values = part.bytes;
    }
    SMCLI_RETURN_IF_ERROR(slice.status());
  }
  SMCLI_RETURN_IF_ERROR(reader.status());
  return values;
}

// A whole TensorProto: our dtype and shape, then the value fields as they are stored.
Result<std::string> CompletedTensor(std::string_view values, int dtype_number, const Shape& shape) {
  std::string proto, shape_proto;
  AppendVarintField(kTensorDtype, static_cast<uint64_t>(dtype_number), proto);
  for (const int64_t dim : shape.dims()) {
    std::string size;
    AppendVarintField(1, static_cast<uint64_t>(dim), size);
    AppendBytesField(2, size, shape_proto);
  }
  AppendBytesField(kTensorShape, shape_proto, proto);
  WireReader reader(values);
  WireField field;
  while (reader.Next(field)) {
    if (field.number != kTensorDtype && field.number != kTensorShape) proto += field.whole;
  }
  SMCLI_RETURN_IF_ERROR(reader.status());
  return proto;
}

class V1Checkpoint final : public BundleReader {
 public:
  explicit V1Checkpoint(const std::string& prefix) : BundleReader(prefix, true) {}

  Status OpenTables(const FileSystem& files, const std::vector<std::string>& paths);

  std::string ShardPath(int shard) const override { return paths_[static_cast<size_t>(shard)]; }

 protected:
  Result<Tensor> ReadPiece(const BundleEntry& entry, const BundlePiece& piece, const Shape& shape,
                           const ReadOptions&) const override;

 private:
  Status AddListed(const std::string& name, const Listed& tensor);

  std::vector<std::string> paths_;
  std::vector<Table> tables_;
  std::vector<TensorSlice> listed_slices_;  // of each of pieces(), as its key has it
  uint64_t file_bytes_ = 0;
};

Status V1Checkpoint::OpenTables(const FileSystem& files, const std::vector<std::string>& paths) {
  Listing listing;
  for (const std::string& path : paths) {
    SMCLI_ASSIGN_OR_RETURN(MappedFile file, files.Map(path));
    file_bytes_ += file.size();
    SMCLI_ASSIGN_OR_RETURN(Table table, Table::Open(std::move(file)).Annotate(path));
    SMCLI_RETURN_IF_ERROR(ReadMeta(table, static_cast<int32_t>(tables_.size()), listing).Annotate(path));
    tables_.push_back(std::move(table));
  }
  paths_ = paths;
  num_shards_ = static_cast<int>(paths.size());
  for (const auto& [name, tensor] : listing) {
    SMCLI_RETURN_IF_ERROR(AddListed(name, tensor).Annotate(fmt::format("{}: tensor {}", prefix(), Quoted(name))));
  }
  ConnectEntries();
  return {};
}

Status V1Checkpoint::AddListed(const std::string& name, const Listed& tensor) {
  // Every element takes a byte, of which Snappy can make 22.
  constexpr uint64_t kMaxElementsPerByte = 22;
  if (static_cast<uint64_t>(tensor.shape.num_elements()) / kMaxElementsPerByte > file_bytes_) {
    return InvalidModelError("shape {} is larger than its files (BundleSizeMismatch)", tensor.shape.ToString());
  }
  BundleEntry entry;
  entry.dtype = DataTypeFromNumber(tensor.dtype_number).value_or(DataType::kInvalid);
  entry.dtype_number = tensor.dtype_number;
  entry.shape = tensor.shape;
  std::vector<BundlePiece> pieces;
  for (const auto& [file, slice] : tensor.slices) {
    BundlePiece piece;
    SMCLI_ASSIGN_OR_RETURN(piece.slice, slice.Within(tensor.shape));
    piece.shard = file;
    pieces.push_back(std::move(piece));
    listed_slices_.push_back(slice);
  }
  entry.sliced = pieces.size() != 1 || pieces[0].slice.shape() != entry.shape;
  AddEntry(name, std::move(entry), pieces);
  return {};
}

Result<Tensor> V1Checkpoint::ReadPiece(const BundleEntry& entry, const BundlePiece& piece, const Shape& shape,
                                       const ReadOptions&) const {
  const auto number = static_cast<size_t>(&piece - pieces().data());
  const std::string key = EncodeSliceKey(entry.key, listed_slices_[number]);
  auto record = tables_[static_cast<size_t>(piece.shard)].Find(key);
  if (!record.ok()) return std::move(record).error().Annotate(ShardPath(piece.shard));
  if (!*record)
    return InvalidModelError("slice {} is not in {} (SliceMissing)", piece.slice.ToString(), ShardPath(piece.shard));
  SMCLI_ASSIGN_OR_RETURN(const std::string_view values, FindValues((*record)->bytes));
  SMCLI_ASSIGN_OR_RETURN(const std::string proto, CompletedTensor(values, entry.dtype_number, shape));
  return TensorFromBytes(proto);
}

// "-00003-of-00010".
bool IsShardSuffix(std::string_view text) {
  return GlobMatches("-[0-9][0-9][0-9][0-9][0-9]*-of-[0-9][0-9][0-9][0-9][0-9]*", text) &&
         text.find_first_not_of("-of0123456789") == std::string_view::npos;
}

}  // namespace

std::vector<std::string> FindV1Tables(const FileSystem& files, const std::string& prefix) {
  if (files.Kind(prefix) == FileKind::kRegular) return {prefix};
  const std::string_view directory = DirName(prefix), name = BaseName(prefix);
  std::vector<std::string> paths;
  if (name.empty()) return paths;
  const auto entries = files.List(directory.empty() ? "." : std::string(directory));
  if (!entries) return paths;
  for (const DirectoryEntry& entry : *entries) {
    if (entry.kind == FileKind::kRegular && entry.name.starts_with(name) &&
        IsShardSuffix(std::string_view(entry.name).substr(name.size()))) {
      paths.push_back(JoinPath(directory, entry.name));
    }
  }
  return paths;
}

Result<std::unique_ptr<BundleReader>> OpenV1Checkpoint(const FileSystem& files, const std::string& prefix,
                                                       const std::vector<std::string>& paths) {
  auto checkpoint = std::make_unique<V1Checkpoint>(prefix);
  SMCLI_RETURN_IF_ERROR(checkpoint->OpenTables(files, paths));
  return checkpoint;
}

}  // namespace smcli
