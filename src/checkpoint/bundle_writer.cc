#include "checkpoint/bundle_writer.h"

#include <algorithm>
#include <numeric>

#include "base/check.h"
#include "base/crc32c.h"
#include "base/utf8.h"
#include "base/wire.h"
#include "checkpoint/bundle_index.h"
#include "checkpoint/tensor_slice.h"
#include "table/table_builder.h"
#include "tensor.pb.h"
#include "tensor/tensor_proto.h"

namespace smcli {
namespace {

// What has been written of one tensor: its checksum, and the file it goes to.
struct Writing {
  OutputFile& file;
  uint32_t crc = 0;

  Status Append(std::string_view bytes) {
    crc = Crc32c(bytes, crc);
    return file.Append(bytes);
  }
  // The checksum so far, as it is stored between the parts of a value.
  Status AppendCrc() {
    const uint32_t masked = MaskCrc(crc);
    return Append({reinterpret_cast<const char*>(&masked), sizeof(masked)});
  }
};

template <typename T>
uint32_t ExtendFixed(uint32_t crc, T value) {
  return Crc32c({reinterpret_cast<const char*>(&value), sizeof(value)}, crc);
}

Status AppendStrings(std::span<const std::string> strings, Writing& out) {
  std::string lengths;
  for (const std::string& text : strings) {
    const uint64_t length = text.size();
    AppendVarint(length, lengths);
    out.crc = length <= UINT32_MAX ? ExtendFixed(out.crc, static_cast<uint32_t>(length)) : ExtendFixed(out.crc, length);
  }
  SMCLI_RETURN_IF_ERROR(out.file.Append(lengths));
  SMCLI_RETURN_IF_ERROR(out.AppendCrc());
  for (const std::string& text : strings) SMCLI_RETURN_IF_ERROR(out.Append(text));
  return {};
}

Status AppendVariants(const Tensor& tensor, Writing& out) {
  tensorflow::TensorProto proto;
  SMCLI_RETURN_IF_ERROR(TensorToProto(tensor, &proto));
  for (const tensorflow::VariantTensorDataProto& variant : proto.variant_val()) {
    const std::string message = variant.SerializeAsString();
    std::string length;
    AppendVarint(message.size(), length);
    SMCLI_RETURN_IF_ERROR(out.file.Append(length));
    out.crc = ExtendFixed(out.crc, static_cast<uint64_t>(message.size()));
    SMCLI_RETURN_IF_ERROR(out.Append(message));
    SMCLI_RETURN_IF_ERROR(out.AppendCrc());
  }
  return {};
}

Status AppendValue(const Tensor& tensor, Writing& out) {
  switch (tensor.dtype()) {
    case DataType::kString: return AppendStrings(tensor.flat<std::string>(), out);
    case DataType::kVariant: return AppendVariants(tensor, out);
    default: return tensor.num_elements() == 0 ? Status() : out.Append(tensor.bytes());
  }
}

// A BundleEntryProto; what is zero is not written, but for the shape.
std::string EntryProto(DataType dtype, const Shape& dims, int shard, uint64_t offset, uint64_t size, uint32_t crc) {
  constexpr uint32_t kDtype = 1, kShape = 2, kShard = 3, kOffset = 4, kSize = 5, kCrc = 6;
  constexpr uint32_t kShapeDim = 2, kDimSize = 1;
  std::string shape, proto;
  for (const int64_t dim : dims.dims()) {
    std::string bytes;
    if (dim != 0) AppendVarintField(kDimSize, static_cast<uint64_t>(dim), bytes);
    AppendBytesField(kShapeDim, bytes, shape);
  }
  AppendVarintField(kDtype, static_cast<uint64_t>(dtype), proto);
  AppendBytesField(kShape, shape, proto);
  if (shard != 0) AppendVarintField(kShard, static_cast<uint64_t>(shard), proto);
  if (offset != 0) AppendVarintField(kOffset, offset, proto);
  if (size != 0) AppendVarintField(kSize, size, proto);
  if (const uint32_t masked = MaskCrc(crc); masked != 0) {
    AppendTag(kCrc, WireType::kFixed32, proto);
    proto.append(reinterpret_cast<const char*>(&masked), sizeof(masked));
  }
  return proto;
}

// A BundleHeaderProto: little-endian, VersionDef{producer: 1}.
std::string HeaderProto(int shards) {
  std::string version, proto;
  AppendVarintField(1, 1, version);
  AppendVarintField(1, static_cast<uint64_t>(shards), proto);
  AppendBytesField(3, version, proto);
  return proto;
}

}  // namespace

BundleWriter::BundleWriter(FileSystem& files, std::string prefix, int shards, bool snappy)
    : files_(files), prefix_(std::move(prefix)), data_(static_cast<size_t>(std::max(shards, 1))), snappy_(snappy) {}

Result<OutputFile*> BundleWriter::DataFile(int shard) {
  SMCLI_CHECK(shard >= 0 && static_cast<size_t>(shard) < data_.size());
  std::unique_ptr<OutputFile>& file = data_[static_cast<size_t>(shard)];
  if (!file) {
    const std::string path = BundleShardPath(prefix_, shard, static_cast<int>(data_.size()));
    SMCLI_ASSIGN_OR_RETURN(file, files_.Create(path));
  }
  return file.get();
}

// Elements lie aligned, so that a reader can use them where they are.
Status BundleWriter::AppendPadding(OutputFile& file, size_t alignment) {
  static constexpr char kZeros[16] = {};
  const size_t past = alignment == 0 ? 0 : file.size() % alignment;
  return past == 0 ? Status() : file.Append({kZeros, alignment - past});
}

Status BundleWriter::CheckKey(std::string_view key) const {
  if (key.empty() || IsSliceKey(key)) return UsageError("{}: {} cannot be a tensor's key", prefix_, Quoted(key));
  if (entries_.contains(key)) return UsageError("{}: there are two tensors {} (DuplicateKey)", prefix_, Quoted(key));
  return {};
}

Status BundleWriter::Start(std::string_view key, DataType dtype, const Shape& shape, int shard) {
  SMCLI_RETURN_IF_ERROR(CheckKey(key));
  if (dtype == DataType::kResource || dtype == DataType::kInvalid) {
    return UnsupportedError("{}: tensor {} of dtype {} cannot be stored in a checkpoint", prefix_, Quoted(key),
                            Name(dtype));
  }
  SMCLI_ASSIGN_OR_RETURN(OutputFile * file, DataFile(shard));
  SMCLI_RETURN_IF_ERROR(AppendPadding(*file, static_cast<size_t>(SizeOf(dtype))));
  open_ = {std::string(key), dtype, shape, shard, file, file->size(), 0};
  return {};
}

void BundleWriter::Record() {
  entries_.emplace(open_.key, EntryProto(open_.dtype, open_.shape, open_.shard, open_.offset,
                                         open_.file->size() - open_.offset, open_.crc));
}

Status BundleWriter::Add(std::string_view key, const Tensor& tensor, int shard) {
  SMCLI_RETURN_IF_ERROR(Start(key, tensor.dtype(), tensor.shape(), shard));
  Writing out{*open_.file};
  SMCLI_RETURN_IF_ERROR(AppendValue(tensor, out));
  open_.crc = out.crc;
  Record();
  return {};
}

Status BundleWriter::Begin(std::string_view key, DataType dtype, const Shape& shape, int shard) {
  SMCLI_CHECK(kPlain.Contains(dtype));
  return Start(key, dtype, shape, shard);
}

Status BundleWriter::Append(std::string_view bytes) {
  open_.crc = Crc32c(bytes, open_.crc);
  return open_.file->Append(bytes);
}

Status BundleWriter::End() {
  const auto size = static_cast<uint64_t>(open_.shape.num_elements()) * static_cast<uint64_t>(SizeOf(open_.dtype));
  SMCLI_CHECK(open_.file->size() - open_.offset == size);
  Record();
  return {};
}

Status BundleWriter::AddAlias(std::string_view key, std::string_view added) {
  SMCLI_RETURN_IF_ERROR(CheckKey(key));
  const auto entry = entries_.find(added);
  SMCLI_CHECK(entry != entries_.end());
  entries_.emplace(key, entry->second);
  return {};
}

Status BundleWriter::CommitDataFiles() {
  for (size_t i = 0; i < data_.size(); ++i) {
    SMCLI_ASSIGN_OR_RETURN(OutputFile * file, DataFile(static_cast<int>(i)));
    if (auto committed = file->Commit(); !committed.ok()) {
      for (size_t k = 0; k < i; ++k) {
        const std::string path = BundleShardPath(prefix_, static_cast<int>(k), static_cast<int>(data_.size()));
        SMCLI_RETURN_IF_ERROR(files_.RemoveAll(path));
      }
      return committed;
    }
  }
  return {};
}

Status BundleWriter::Finish() {
  SMCLI_ASSIGN_OR_RETURN(const std::unique_ptr<OutputFile> index, files_.Create(prefix_ + ".index"));
  TableBuilder table(*index, {.snappy = snappy_});
  SMCLI_RETURN_IF_ERROR(table.Add("", HeaderProto(static_cast<int>(data_.size()))));
  for (const auto& [key, proto] : entries_) SMCLI_RETURN_IF_ERROR(table.Add(key, proto));
  SMCLI_RETURN_IF_ERROR(table.Finish());
  SMCLI_RETURN_IF_ERROR(CommitDataFiles());
  return index->Commit();
}

ShardPlan SpreadOverShards(std::span<const int64_t> sizes, int shards) {
  ShardPlan plan;
  const auto count = static_cast<int64_t>(sizes.size());
  plan.shards = static_cast<int>(std::clamp<int64_t>(shards, 1, std::max<int64_t>(count, 1)));
  plan.shard_of.resize(sizes.size());
  const double total = std::accumulate(sizes.begin(), sizes.end(), 0.0);
  double before = 0;
  int shard = -1;
  for (int64_t i = 0; i < count; ++i) {
    const auto at = static_cast<size_t>(i);
    const double middle = before + static_cast<double>(sizes[at]) / 2;
    const int wanted = total > 0 ? static_cast<int>(middle / total * plan.shards) : 0;
    // No shard is left out, neither here nor for want of tensors at the end.
    const auto least = static_cast<int>(std::max<int64_t>(shard, plan.shards - (count - i)));
    shard = std::min({std::max(wanted, least), shard + 1, plan.shards - 1});
    plan.shard_of[at] = shard;
    before += static_cast<double>(sizes[at]);
  }
  return plan;
}

}  // namespace smcli
