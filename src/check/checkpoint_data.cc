// What the tensors of the checkpoint hold (--deep): every checksum, and numbers that are none. Data files are read
// where they are mapped, in parts that all threads share, and leave memory behind them.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/crc32c.h"
#include "base/text.h"
#include "check/non_finite.h"
#include "check/passes.h"
#include "checkpoint/data_files.h"
#include "tensor/stats.h"

namespace smcli {
namespace {

constexpr int64_t kPartBytes = 256 << 10;   // what a thread takes at a time: fits into its cache
constexpr int64_t kBatchBytes = 128 << 20;  // what is in memory at a time
// Entries of an index may all point to the same large file. So much more than the files hold is read, and no more.
constexpr int64_t kMaxRereads = 4;
// Strings are read as tensors, which take many times their bytes when they are short.
constexpr int64_t kMaxStrings = 8 << 20;

// A run of plain elements in a data file.
struct Stored {
  const BundleEntry* entry;
  const BundlePiece* piece;
  std::string_view bytes;
  uint32_t crc = 0;  // of the parts read so far
  NonFinite numbers;
};

struct Part {
  size_t stored;
  std::string_view bytes;
  uint32_t crc = 0;
  NonFinite numbers;
};

class DataChecker {
 public:
  DataChecker(const CheckSubject& subject, FindingCollector& found)
      : subject_(subject), reader_(*subject.checkpoint), found_(found) {}

  void Run() {
    std::vector<const BundleEntry*> whole;  // what is read as a tensor: strings, variants, V1 values
    for (const BundleEntry& entry : reader_.entries()) {
      if (reader_.is_v1() || SizeOf(entry.dtype) == 0) {
        whole.push_back(&entry);
      } else {
        for (const BundlePiece& piece : entry.pieces) Add(entry, piece);
      }
    }
    std::ranges::sort(stored_, [](const Stored& a, const Stored& b) { return a.bytes.data() < b.bytes.data(); });
    for (const Stored& stored : stored_) total_ += static_cast<int64_t>(stored.bytes.size());
    for (size_t i = 0; i < stored_.size(); ++i) AddParts(i);
    ReadParts();
    ReportStored();
    for (const BundleEntry* entry : whole) CheckWhole(*entry);
  }

 private:
  // Null where the file is not there, or is too short, which is reported elsewhere.
  const MappedFile* File(int32_t shard) {
    if (shard < 0 || shard >= reader_.num_shards()) return nullptr;
    const auto [at, added] = shards_.try_emplace(shard);
    if (added) {
      auto file = subject_.files.Map(reader_.ShardPath(shard));
      if (file.ok() && PointerHint(file->bytes()).empty()) at->second = *std::move(file);
      budget_ += kMaxRereads * static_cast<int64_t>(at->second.size());
    }
    return &at->second;
  }

  std::optional<std::string_view> BytesOf(const BundlePiece& piece) {
    const MappedFile* file = piece.found ? File(piece.shard) : nullptr;
    if (file == nullptr || piece.offset < 0 || piece.size < 0) return std::nullopt;
    const auto offset = static_cast<uint64_t>(piece.offset), size = static_cast<uint64_t>(piece.size);
    if (offset > file->size() || size > file->size() - offset || piece.size > budget_) return std::nullopt;
    budget_ -= piece.size;
    return file->bytes().substr(static_cast<size_t>(offset), static_cast<size_t>(size));
  }

  void Add(const BundleEntry& entry, const BundlePiece& piece) {
    if (const auto bytes = BytesOf(piece)) stored_.push_back({&entry, &piece, *bytes, 0, {}});
  }

  void AddParts(size_t index) {
    const std::string_view bytes = stored_[index].bytes;
    // Cut at whole elements.
    for (size_t at = 0; at < bytes.size(); at += kPartBytes)
      parts_.push_back({index, bytes.substr(at, kPartBytes), 0, {}});
  }

  void ReadParts() {
    int64_t done = 0;
    for (size_t first = 0; first < parts_.size();) {
      size_t last = first;
      int64_t batch = 0;
      while (last < parts_.size() && batch < kBatchBytes) batch += static_cast<int64_t>(parts_[last++].bytes.size());
      subject_.pool.ParallelFor(static_cast<int64_t>(last - first), 1, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) ReadPart(parts_[first + static_cast<size_t>(i)]);
      });
      Collect(first, last);
      first = last;
      done += batch;
      if (subject_.progress) subject_.progress->Update("checksums", done, total_);
    }
  }

  void ReadPart(Part& part) const {
    part.crc = Crc32c(part.bytes);
    const DataType dtype = stored_[part.stored].entry->dtype;
    if (!reader_.big_endian() && HasNonFinite(dtype)) part.numbers = CountNonFinite(dtype, part.bytes);
  }

  void Collect(size_t first, size_t last) {
    for (size_t i = first; i < last; ++i) {
      const Part& part = parts_[i];
      Stored& stored = stored_[part.stored];
      stored.crc = CombineCrc32c(stored.crc, part.crc, part.bytes.size());
      stored.numbers.nan += part.numbers.nan;
      stored.numbers.infinite += part.numbers.infinite;
      ReleasePages(part.bytes, shards_.at(stored.piece->shard).keep_alive());
    }
  }

  static std::string PlaceOf(const BundleEntry& entry) { return fmt::format("tensor {}", entry.key); }

  void ReportStored() {
    std::map<const BundleEntry*, NonFinite> numbers;
    for (const Stored& stored : stored_) {
      const BundlePiece& piece = *stored.piece;
      if (stored.crc != UnmaskCrc(piece.masked_crc)) {
        found_.Add("CHECKPOINT_CHECKSUM", reader_.ShardPath(piece.shard), PlaceOf(*stored.entry),
                   fmt::format("checksum mismatch in bytes {} to {}: stored {:08x}, computed {:08x}", piece.offset,
                               piece.offset + piece.size, UnmaskCrc(piece.masked_crc), stored.crc));
      }
      NonFinite& sum = numbers[stored.entry];
      sum.nan += stored.numbers.nan;
      sum.infinite += stored.numbers.infinite;
    }
    for (const auto& [entry, sum] : numbers) ReportNumbers(*entry, sum);
  }

  void ReportNumbers(const BundleEntry& entry, const NonFinite& numbers) {
    if (!numbers.any()) return;
    std::string what;
    if (numbers.nan > 0) what = fmt::format("{} NaN", WithThousands(numbers.nan));
    if (numbers.infinite > 0) {
      what += fmt::format("{}{} infinite", what.empty() ? "" : " and ", WithThousands(numbers.infinite));
    }
    const std::string file = reader_.ShardPath(entry.pieces.empty() ? 0 : entry.pieces.front().shard);
    found_.Add("CHECKPOINT_VALUES_FINITE", file, PlaceOf(entry),
               fmt::format("holds {} among {} elements", what, WithThousands(entry.shape.num_elements())));
  }

  // The reader verifies what it reads.
  void CheckWhole(const BundleEntry& entry) {
    if (entry.dtype == DataType::kInvalid || entry.dtype == DataType::kResource) return;
    if (entry.shape.num_elements() > kMaxStrings) return;
    if (!reader_.is_v1()) {
      for (const BundlePiece& piece : entry.pieces) {
        if (!BytesOf(piece)) return;
      }
    }
    const auto tensor = reader_.Read(entry, {.verify = true, .pool = &subject_.pool});
    if (!tensor.ok()) return AddReadFailure(subject_, entry, tensor.error(), found_);
    if (!HasNonFinite(tensor->dtype())) return;
    if (const auto stats = ComputeStats(*tensor, &subject_.pool)) ReportNumbers(entry, {stats->nan, stats->inf});
  }

  const CheckSubject& subject_;
  const BundleReader& reader_;
  FindingCollector& found_;
  std::map<int32_t, MappedFile> shards_;
  std::vector<Stored> stored_;
  std::vector<Part> parts_;
  int64_t total_ = 0;
  int64_t budget_ = 0;
};

// The message behind "PREFIX: tensor "KEY": ", which the place says.
std::string_view AfterKey(std::string_view message, std::string_view key) {
  const size_t at = message.find(key);
  const size_t colon = at == message.npos ? at : message.find(": ", at + key.size());
  return colon == message.npos ? message : message.substr(colon + 2);
}

// What CheckCheckpointFiles finds by itself.
constexpr std::string_view kFileCodes[] = {"BundleDataFileMissing", "BundleDataTruncated", "BundleShardOutOfRange",
                                           "BundleSizeMismatch",    "DtypeUnsupported",    "SliceMissing",
                                           "SlicesDoNotCover"};

}  // namespace

void AddReadFailure(const CheckSubject& subject, const BundleEntry& entry, const Error& error,
                    FindingCollector& found) {
  const int32_t shard = entry.pieces.empty() ? 0 : entry.pieces.front().shard;
  const std::string file = subject.checkpoint->ShardPath(shard);
  if (subject.files.Kind(file) != FileKind::kRegular) return;
  const std::string_view message = error.message();
  const bool plain = SizeOf(entry.dtype) > 0;
  for (const std::string_view code : kFileCodes) {
    // The sizes of strings and variants show only when they are read.
    if (code == "BundleSizeMismatch" && !plain) continue;
    if (message.find(code) != message.npos) return;
  }
  found.Add("CHECKPOINT_CHECKSUM", file, fmt::format("tensor {}", entry.key),
            fmt::format("{}{}", WithoutCode(AfterKey(message, entry.key)),
                        subject.checkpoint->big_endian() ? "; variables.index says that it is big-endian" : ""));
}

void CheckCheckpointData(const CheckSubject& subject, FindingCollector& found) {
  if (subject.checkpoint && subject.deep) DataChecker(subject, found).Run();
}

}  // namespace smcli
