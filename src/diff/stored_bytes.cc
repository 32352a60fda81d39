#include "diff/stored_bytes.h"

#include <algorithm>
#include <cstring>

#include "base/crc32c.h"
#include "base/denormals.h"
#include "checkpoint/stored_strings.h"
#include "diff/float_block.h"
#include "tensor/tensor_proto.h"

namespace smcli {
namespace {

// What a thread takes at a time.
constexpr int64_t kPieceBytes = 1 << 20;
// Of that so much is compared, then summed: small enough for the first cache, so that memory is passed once.
constexpr size_t kBlockBytes = 16 << 10;
// So much of a file stays in memory behind each thread.
constexpr size_t kWindowBytes = 16 << 20;

// Consecutive bytes of a tensor, and what the index says of them.
struct Segment {
  MappedFile bytes;
  uint32_t masked_crc = 0;
  int32_t shard = 0;
  uint32_t crc = 0;  // as computed
};

// One side of a pair: all its bytes, in order.
struct Side {
  const BundleReader* reader = nullptr;
  const BundleEntry* entry = nullptr;
  std::vector<Segment> segments;
};

struct Part {
  size_t segment = 0;
  std::string_view bytes;
  uint32_t crc = 0;
};

// Bytes of both sides that belong together.
struct Block {
  std::string_view before, after;
};

struct Piece {
  size_t pair;
  Part before, after;
  bool same = true;
  ChangeTotals totals;
};

struct MappedPair {
  TensorTask* task;
  Side before, after;
  bool summed = false;  // the index says that they differ: checksums are computed along the way
  size_t first_piece = 0, num_pieces = 0;
};

bool Whole(const BundleReader& reader, const BundleEntry& entry) {
  return !reader.is_v1() && !reader.big_endian() && !entry.sliced && entry.pieces.size() == 1 &&
         entry.dtype != DataType::kString && SizeOf(entry.dtype) > 0;
}

// Where the bytes of a tensor lie; none where they do not lie as in memory.
Result<Side> Locate(const BundleReader& reader, const BundleEntry& entry) {
  Side side{&reader, &entry, {}};
  SMCLI_ASSIGN_OR_RETURN(auto runs, reader.Runs(entry));
  if (runs) {
    for (const BundleReader::Run& run : *runs) side.segments.push_back({run.bytes, run.masked_crc, 0, 0});
  } else if (Whole(reader, entry)) {
    SMCLI_ASSIGN_OR_RETURN(const Tensor tensor, reader.Read(entry, {.verify = false}));
    side.segments.push_back(
        {MappedFile(tensor.bytes(), std::make_shared<const Tensor>(tensor)), entry.pieces[0].masked_crc, 0, 0});
  }
  return side;
}

// Lets go of what lies behind: a diff of large files needs little memory.
class Window {
 public:
  ~Window() { Close(); }
  void Add(const Segment& segment, std::string_view bytes) {
    const bool follows = !bytes_.empty() && bytes_.data() + bytes_.size() == bytes.data();
    if (!follows || bytes_.size() >= kWindowBytes) Close();
    bytes_ = bytes_.empty() ? bytes : std::string_view(bytes_.data(), bytes_.size() + bytes.size());
    keep_alive_ = &segment.bytes.keep_alive();
  }

 private:
  void Close() {
    if (!bytes_.empty()) ReleasePages(bytes_, *keep_alive_);
    bytes_ = {};
  }

  std::string_view bytes_;
  const std::shared_ptr<const void>* keep_alive_ = nullptr;
};

class Comparer {
 public:
  Comparer(const ValueTolerances& tolerances, ThreadPool& threads) : tolerances_(tolerances), threads_(threads) {}

  void Run(std::span<TensorTask> tasks) {
    for (TensorTask& task : tasks) Begin(task);
    ForAllPieces([this](Piece& piece) { Compare(piece); });
    for (MappedPair& pair : pairs_) Judge(pair);
    // Bits differ although the index says that they do not: somebody's bytes are damaged.
    ForAllPieces([this](Piece& piece) {
      const MappedPair& pair = pairs_[piece.pair];
      if (!pair.task->same_bits && !pair.summed) Sum(piece);
    });
    for (MappedPair& pair : pairs_) Verify(pair);
  }

 private:
  template <typename F>
  void ForAllPieces(F&& visit) {
    threads_.ParallelFor(static_cast<int64_t>(pieces_.size()), 1, [&](int64_t begin, int64_t end) {
      const DenormalsAreNumbers denormals;  // whichever thread it is
      Window before, after;
      for (int64_t i = begin; i < end; ++i) {
        Piece& piece = pieces_[static_cast<size_t>(i)];
        visit(piece);
        const MappedPair& pair = pairs_[piece.pair];
        before.Add(pair.before.segments[piece.before.segment], piece.before.bytes);
        after.Add(pair.after.segments[piece.after.segment], piece.after.bytes);
      }
    });
  }

  void Begin(TensorTask& task) {
    const bool alike = task.before->dtype == task.after->dtype &&
                       task.before->shape.num_elements() == task.after->shape.num_elements();
    if (!alike) return CompareWhole(task);
    if (task.before->dtype == DataType::kString) return CompareStrings(task);
    auto before = Locate(*task.before_reader, *task.before), after = Locate(*task.after_reader, *task.after);
    if (!before.ok() || !after.ok()) {
      task.fault = before.ok() ? std::move(after).error() : std::move(before).error();
      return;
    }
    if (task.before->shape.num_elements() > 0 && (before->segments.empty() || after->segments.empty())) {
      return CompareWhole(task);
    }
    Cut({&task, *std::move(before), *std::move(after), false, pieces_.size(), 0});
  }

  // Into pieces that lie in one segment on either side. Segments hold whole elements.
  void Cut(MappedPair pair) {
    const auto masked = [](const Segment& segment) { return segment.masked_crc; };
    pair.summed = !std::ranges::equal(pair.before.segments, pair.after.segments, {}, masked, masked);
    Part before, after;
    while (Advance(pair.before, before) && Advance(pair.after, after)) {
      const size_t size = std::min({before.bytes.size(), after.bytes.size(), static_cast<size_t>(kPieceBytes)});
      pieces_.push_back({pairs_.size(),
                         {before.segment, before.bytes.substr(0, size), 0},
                         {after.segment, after.bytes.substr(0, size), 0},
                         true,
                         {}});
      before.bytes.remove_prefix(size);
      after.bytes.remove_prefix(size);
    }
    pair.num_pieces = pieces_.size() - pair.first_piece;
    pairs_.push_back(std::move(pair));
  }

  // To the next segment with bytes, when this one is used up; false at the end. A rest without data has not begun.
  static bool Advance(const Side& side, Part& rest) {
    if (rest.bytes.data() == nullptr && !side.segments.empty()) rest = {0, side.segments[0].bytes.bytes(), 0};
    while (rest.bytes.empty()) {
      if (rest.segment + 1 >= side.segments.size()) return false;
      ++rest.segment;
      rest.bytes = side.segments[rest.segment].bytes.bytes();
    }
    return true;
  }

  void Compare(Piece& piece) {
    const MappedPair& pair = pairs_[piece.pair];
    const DataType dtype = pair.task->before->dtype;
    const size_t size = piece.before.bytes.size();
    bool differed = false;  // the block before this one: then this one is likely to
    for (size_t at = 0; at < size; at += kBlockBytes) {
      const Block block{piece.before.bytes.substr(at, kBlockBytes), piece.after.bytes.substr(at, kBlockBytes)};
      if (pair.summed) {
        differed = !CompareAndSum(block, dtype, differed, piece);
      } else {
        differed = block.before != block.after;
        if (differed) Change(block, dtype, piece.totals);
      }
      piece.same = piece.same && !differed;
    }
  }

  // Whether a block is the same. What is first done with it brings it into the cache: where it may differ, the
  // arithmetic, which takes longest and hides behind the memory.
  bool CompareAndSum(const Block& block, DataType dtype, bool likely_differs, Piece& piece) const {
    uint32_t& crc = piece.before.crc;
    bool same = false;
    if (likely_differs && CompareFloats(block, dtype, piece)) return false;
    if (likely_differs) {
      same = !Change(block, dtype, piece.totals);
      crc = Crc32c(block.before, crc);
    } else {
      same = ExtendCrc32cAndCompare(crc, block.before, block.after.data());
      if (same && piece.same) {
        piece.after.crc = crc;
        return true;
      }
      if (!same) Change(block, dtype, piece.totals);
    }
    piece.after.crc = Crc32c(block.after, piece.after.crc);
    return same;
  }

  // All of it in one pass, where that can be; true: done.
  bool CompareFloats(const Block& block, DataType dtype, Piece& piece) const {
    if (dtype != DataType::kFloat || tolerances_.atol > 0 || tolerances_.rtol > 0) return false;
    return CompareFloatBlock(block.before.data(), block.after.data(), block.before.size(), piece.before.crc,
                             piece.after.crc, piece.totals);
  }

  // Does anything change?
  bool Change(const Block& block, DataType dtype, ChangeTotals& totals) const {
    const int64_t elements = static_cast<int64_t>(block.before.size()) / SizeOf(dtype);
    const ChangeTotals change = ChangeOfElements(dtype, block.before.data(), block.after.data(), elements, tolerances_);
    Add(change, totals);
    return change.changed > 0;
  }

  static void Sum(Piece& piece) {
    piece.before.crc = Crc32c(piece.before.bytes);
    piece.after.crc = piece.same ? piece.before.crc : Crc32c(piece.after.bytes);
  }

  std::span<Piece> PiecesOf(const MappedPair& pair) {
    return std::span(pieces_).subspan(pair.first_piece, pair.num_pieces);
  }

  void Judge(MappedPair& pair) {
    const std::span<Piece> pieces = PiecesOf(pair);
    pair.task->same_bits = std::ranges::all_of(pieces, &Piece::same);
    if (pair.task->same_bits) return;
    ChangeTotals totals;
    for (const Piece& piece : pieces) Add(piece.totals, totals);
    pair.task->values = ValuesOf(*pair.task->before, totals);
  }

  void Verify(MappedPair& pair) {
    if (pair.task->same_bits) return;
    for (const Piece& piece : PiecesOf(pair)) {
      Extend(piece.before, pair.before);
      Extend(piece.after, pair.after);
    }
    Check(pair.before, *pair.task);
    Check(pair.after, *pair.task);
  }

  static void Extend(const Part& part, Side& side) {
    Segment& segment = side.segments[part.segment];
    segment.crc = CombineCrc32c(segment.crc, part.crc, part.bytes.size());
  }

  static void Check(const Side& side, TensorTask& task) {
    for (const Segment& segment : side.segments) {
      if (MaskCrc(segment.crc) != segment.masked_crc)
        Damaged(*side.reader, *side.entry, segment.masked_crc, MaskCrc(segment.crc), task);
    }
  }

  static void Damaged(const BundleReader& reader, const BundleEntry& entry, uint32_t stored, uint32_t computed,
                      TensorTask& task) {
    if (task.fault) return;
    const auto piece = std::ranges::find(entry.pieces, stored, &BundlePiece::masked_crc);
    task.fault = InvalidModelError(
        "{}: tensor '{}': checksum mismatch (stored {:08x}, computed {:08x}) (BundleChecksumMismatch)",
        reader.ShardPath(piece == entry.pieces.end() ? 0 : piece->shard), entry.key, stored, computed);
  }

  // Strings lie one after the other: they are compared where they are, none of them copied.
  void CompareStrings(TensorTask& task) {
    auto before = task.before_reader->StoredBytes(*task.before), after = task.after_reader->StoredBytes(*task.after);
    if (!before.ok() || !after.ok()) {
      task.fault = before.ok() ? std::move(after).error() : std::move(before).error();
      return;
    }
    const bool plain = *before && *after && !task.before_reader->big_endian() && !task.after_reader->big_endian();
    if (!plain || (*before)->size() == 0 || (*after)->size() == 0) return CompareWhole(task);
    const MappedFile& old_bytes = **before;
    const MappedFile& new_bytes = **after;
    task.same_bits = old_bytes.bytes() == new_bytes.bytes();
    if (!task.same_bits) CountStrings(old_bytes.bytes(), new_bytes.bytes(), task);
    ReleasePages(old_bytes.bytes(), old_bytes.keep_alive());
    ReleasePages(new_bytes.bytes(), new_bytes.keep_alive());
  }

  static void CountStrings(std::string_view old_bytes, std::string_view new_bytes, TensorTask& task) {
    const int64_t count = task.before->shape.num_elements();
    auto before = StoredStrings::Open(old_bytes, count), after = StoredStrings::Open(new_bytes, count);
    if (!before.ok() || !after.ok()) {
      const bool old_is_broken = !before.ok();
      const auto& [reader, entry] =
          old_is_broken ? std::pair(task.before_reader, task.before) : std::pair(task.after_reader, task.after);
      Error error = old_is_broken ? std::move(before).error() : std::move(after).error();
      task.fault = std::move(error).Annotate(
          fmt::format("{}: tensor '{}'", reader->ShardPath(entry->pieces[0].shard), entry->key));
      return;
    }
    ValueChange values;
    values.has_numbers = false;
    values.elements = count;
    for (int64_t i = 0; i < count; ++i) values.changed += before->Next() != after->Next() ? 1 : 0;
    values.failed = values.changed;
    task.values = values;
    const auto check = [&](const BundleReader& reader, const BundleEntry& entry, const StoredStrings& strings) {
      const uint32_t stored = entry.pieces[0].masked_crc;
      if (strings.masked_crc() != stored) Damaged(reader, entry, stored, strings.masked_crc(), task);
    };
    check(*task.before_reader, *task.before, *before);
    check(*task.after_reader, *task.after, *after);
  }

  // What is not stored as it lies in memory: slices of other dimensions, other byte orders, two dtypes.
  void CompareWhole(TensorTask& task) {
    const auto before = task.before_reader->Read(*task.before, {.verify = true, .pool = &threads_});
    const auto after = task.after_reader->Read(*task.after, {.verify = true, .pool = &threads_});
    if (!before.ok() || !after.ok()) {
      task.fault = before.ok() ? after.error() : before.error();
      return;
    }
    CompareTensors(*before, *after, task);
    Release(*task.before_reader, *task.before);
    Release(*task.after_reader, *task.after);
  }

  void CompareTensors(const Tensor& before, const Tensor& after, TensorTask& task) const {
    if (before.num_elements() != after.num_elements()) return;
    const bool same_type = before.dtype() == after.dtype();
    if (same_type && before.dtype() == DataType::kString) {
      task.same_bits = std::ranges::equal(before.flat<std::string>(), after.flat<std::string>());
    } else if (same_type && SizeOf(before.dtype()) > 0) {
      task.same_bits = before.bytes() == after.bytes();
    } else if (same_type && before.dtype() == DataType::kVariant) {
      const Result<std::string> stored = TensorToBytes(before), stored_after = TensorToBytes(after);
      task.same_bits = stored.ok() && stored_after.ok() && *stored == *stored_after;
    }
    if (task.same_bits) return;
    if (same_type && SizeOf(before.dtype()) > 0) {
      task.values = ValuesOf(*task.before, ChangeOfElements(before.dtype(), before.raw_data(), after.raw_data(),
                                                            before.num_elements(), tolerances_));
    } else if (before.dtype() != DataType::kVariant && after.dtype() != DataType::kVariant) {
      task.values = ChangeOfTensors(before, after, tolerances_);
    }
  }

  static void Release(const BundleReader& reader, const BundleEntry& entry) {
    const auto bytes = reader.StoredBytes(entry);
    if (bytes.ok() && *bytes) ReleasePages((*bytes)->bytes(), (*bytes)->keep_alive());
  }

  static ValueChange ValuesOf(const BundleEntry& entry, const ChangeTotals& totals) {
    ValueChange values;
    values.elements = entry.shape.num_elements();
    values.changed = totals.changed;
    values.failed = totals.failed;
    values.nan_appeared = totals.nan_appeared;
    values.nan_gone = totals.nan_gone;
    values.inf_appeared = totals.inf_appeared;
    values.max_abs = totals.max_abs;
    values.mean_abs = values.elements > 0 ? totals.sum_abs / static_cast<double>(values.elements) : 0;
    values.has_numbers = HasNumbers(entry.dtype);
    return values;
  }

  static void Add(const ChangeTotals& part, ChangeTotals& totals) {
    totals.changed += part.changed;
    totals.failed += part.failed;
    totals.nan_appeared += part.nan_appeared;
    totals.nan_gone += part.nan_gone;
    totals.inf_appeared += part.inf_appeared;
    totals.max_abs = std::max(totals.max_abs, part.max_abs);
    totals.sum_abs += part.sum_abs;
  }

  const ValueTolerances& tolerances_;
  ThreadPool& threads_;
  std::vector<MappedPair> pairs_;
  std::vector<Piece> pieces_;
};

}  // namespace

void CompareTensors(std::span<TensorTask> tasks, const ValueTolerances& tolerances, ThreadPool& threads) {
  Comparer(tolerances, threads).Run(tasks);
}

}  // namespace smcli
