// The files of the checkpoint, and where its tensors lie in them. No tensor is read here.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <tuple>

#include "base/path.h"
#include "base/text.h"
#include "check/byte_order.h"
#include "check/passes.h"
#include "checkpoint/data_files.h"
#include "checkpoint/slice_assembly.h"

namespace smcli {
namespace {

// What the index says about one data file.
struct Shard {
  bool exists = false;
  bool pointer = false;  // a Git LFS pointer, which another pass reports
  int64_t size = 0;
  int64_t tensors = 0;       // that lie in it
  int64_t cut_off = 0;       // of them, those that end behind the file
  int64_t needed = 0;        // bytes up to the end of the last tensor
  std::string_view example;  // a tensor that is cut off; else any
};

struct Extent {
  int32_t shard;
  int64_t begin, end;
  std::string_view key;
};

class FileChecker {
 public:
  FileChecker(const CheckSubject& subject, FindingCollector& found)
      : subject_(subject), reader_(*subject.checkpoint), found_(found) {}

  void Run() {
    if (reader_.big_endian()) {
      found_.Add("CHECKPOINT_BYTE_ORDER", subject_.IndexFile(), "header",
                 "says that the tensors are big-endian: their bytes are swapped when they are read");
      if (MakesSenseOnlySwapped(reader_)) {
        found_.Add("CHECKPOINT_BYTE_ORDER_FITS", subject_.IndexFile(), "header",
                   "says that the tensors are big-endian, and their numbers make sense as little-endian ones alone");
      }
    }
    for (const BundleEntry& entry : reader_.entries()) CheckEntry(entry);
    if (reader_.is_v1()) return;
    for (const auto& [number, shard] : shards_) ReportShard(number, shard);
    ReportOverlaps();
    ReportStrays();
  }

 private:
  static std::string PlaceOf(std::string_view key) { return fmt::format("tensor {}", key); }

  void CheckEntry(const BundleEntry& entry) {
    if (entry.dtype == DataType::kInvalid || entry.dtype == DataType::kResource) {
      found_.Add("CHECKPOINT_ENTRY_DTYPE", subject_.IndexFile(), PlaceOf(entry.key),
                 fmt::format("has dtype number {}, which no checkpoint holds", entry.dtype_number));
    }
    if (entry.sliced) {
      if (const Status slices = CheckSlices(entry); !slices.ok()) {
        found_.Add("CHECKPOINT_SLICES_COMPLETE", subject_.IndexFile(), PlaceOf(entry.key),
                   WithoutCode(slices.error().message()));
      }
    }
    if (reader_.is_v1()) return;
    for (const BundlePiece& piece : entry.pieces) {
      if (piece.found) CheckPiece(entry, piece);
    }
  }

  void CheckPiece(const BundleEntry& entry, const BundlePiece& piece) {
    if (piece.shard < 0 || piece.shard >= reader_.num_shards()) {
      found_.Add(
          "CHECKPOINT_ENTRY_IN_SHARD", subject_.IndexFile(), PlaceOf(entry.key),
          fmt::format("lies in data file {}, and the index counts {} of them", piece.shard, reader_.num_shards()));
      return;
    }
    if (piece.offset < 0 || piece.size < 0) {
      found_.Add("CHECKPOINT_ENTRY_IN_SHARD", subject_.IndexFile(), PlaceOf(entry.key),
                 fmt::format("has {} bytes at {}", piece.size, piece.offset));
      return;
    }
    CheckSize(entry, piece);
    Shard& shard = Find(piece.shard);
    ++shard.tensors;
    int64_t end = 0;
    if (__builtin_add_overflow(piece.offset, piece.size, &end)) end = INT64_MAX;
    shard.needed = std::max(shard.needed, end);
    if (end > shard.size && shard.cut_off++ == 0) shard.example = entry.key;
    if (shard.example.empty()) shard.example = entry.key;
    if (piece.size > 0) extents_.push_back({piece.shard, piece.offset, end, entry.key});
  }

  void CheckSize(const BundleEntry& entry, const BundlePiece& piece) {
    const int64_t size = SizeOf(entry.dtype);
    if (size == 0) return;
    const int64_t elements = entry.sliced ? piece.slice.shape().num_elements() : entry.shape.num_elements();
    int64_t wanted = 0;
    if (__builtin_mul_overflow(elements, size, &wanted)) wanted = INT64_MAX;
    if (wanted == piece.size) return;
    found_.Add("CHECKPOINT_ENTRY_SIZE", subject_.IndexFile(), PlaceOf(entry.key),
               fmt::format("has {} bytes, and {} of shape {} needs {}", piece.size, Name(entry.dtype),
                           entry.shape.ToString(), wanted));
  }

  Shard& Find(int32_t number) {
    const auto [at, added] = shards_.try_emplace(number);
    Shard& shard = at->second;
    if (!added) return shard;
    const auto file = subject_.files.OpenRandomAccess(reader_.ShardPath(number));
    if (!file.ok()) return shard;
    shard.exists = true;
    shard.size = static_cast<int64_t>((*file)->size());
    char start[64];
    const auto read = (*file)->Read(0, start);
    shard.pointer = read.ok() && !PointerHint({start, *read}).empty();
    return shard;
  }

  void ReportShard(int32_t number, const Shard& shard) {
    const std::string path = reader_.ShardPath(number);
    const std::string tensors =
        fmt::format("{} {}", WithThousands(shard.tensors), shard.tensors == 1 ? "tensor" : "tensors");
    if (!shard.exists) {
      const FileKind kind = subject_.files.Kind(path);
      const std::string_view what = kind == FileKind::kNone        ? "is missing"
                                    : kind == FileKind::kDirectory ? "is a folder"
                                                                   : "cannot be read";
      found_.Add("CHECKPOINT_SHARD_PRESENT", path, "",
                 fmt::format("{}, and {} should lie in it, {} among them", what, tensors, shard.example));
    } else if (shard.cut_off > 0 && !shard.pointer) {
      found_.Add("CHECKPOINT_ENTRY_IN_SHARD", path, fmt::format("byte {}", shard.size),
                 fmt::format("the file ends, and {} of its {} should reach up to byte {}, tensor {} among them",
                             WithThousands(shard.cut_off), tensors, shard.needed, shard.example));
    } else if (shard.size > shard.needed && !shard.pointer) {
      found_.Add(
          "CHECKPOINT_SHARD_LENGTH", path, fmt::format("byte {}", shard.needed),
          fmt::format("the last tensor ends, and {} more bytes follow", WithThousands(shard.size - shard.needed)));
    }
  }

  // Tensors behind one another, by where they begin: each is compared with the one that reaches farthest so far.
  void ReportOverlaps() {
    std::ranges::sort(extents_, [](const Extent& a, const Extent& b) {
      return std::tie(a.shard, a.begin, a.end) < std::tie(b.shard, b.begin, b.end);
    });
    const Extent* farthest = nullptr;
    for (const Extent& extent : extents_) {
      if (farthest != nullptr && farthest->shard == extent.shard && extent.begin < farthest->end) {
        found_.Add("CHECKPOINT_NO_OVERLAP", reader_.ShardPath(extent.shard), PlaceOf(extent.key),
                   fmt::format("overlaps with tensor {} in bytes {} to {}", farthest->key, extent.begin,
                               std::min(extent.end, farthest->end)));
      }
      if (farthest == nullptr || farthest->shard != extent.shard || extent.end > farthest->end) farthest = &extent;
    }
  }

  void ReportStrays() {
    const std::string directory(DirName(reader_.prefix()));
    const std::string start = fmt::format("{}.data-", BaseName(reader_.prefix()));
    const auto entries = subject_.files.List(directory.empty() ? "." : directory);
    if (!entries.ok()) return;
    for (const DirectoryEntry& entry : *entries) {
      if (!entry.name.starts_with(start) || IsShard(JoinPath(directory, entry.name))) continue;
      found_.Add("CHECKPOINT_NO_STRAY_SHARD", JoinPath(directory, entry.name), "",
                 fmt::format("is no data file of this checkpoint, which has {}", reader_.num_shards()));
    }
  }

  // By its number, since there may be many of them.
  bool IsShard(const std::string& path) const {
    const size_t dash = path.rfind(".data-");
    int32_t number = -1;
    const char* digits = path.data() + dash + 6;
    if (std::from_chars(digits, path.data() + path.size(), number).ec != std::errc()) return false;
    return number >= 0 && number < reader_.num_shards() && path == reader_.ShardPath(number);
  }

  const CheckSubject& subject_;
  const BundleReader& reader_;
  FindingCollector& found_;
  std::map<int32_t, Shard> shards_;
  std::vector<Extent> extents_;
};

}  // namespace

void CheckCheckpointFiles(const CheckSubject& subject, FindingCollector& found) {
  if (subject.checkpoint) FileChecker(subject, found).Run();
}

}  // namespace smcli
