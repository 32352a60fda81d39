#include "diff/stored_bytes.h"

#include <algorithm>
#include <cstring>

#include "base/crc32c.h"

namespace smcli {
namespace {

// So much is compared at a time: small enough for the caches, so that what the comparison fetched is summed from there.
constexpr int64_t kPieceBytes = 256 << 10;

bool SameStrings(const Tensor& a, const Tensor& b) {
  return std::ranges::equal(a.flat<std::string>(), b.flat<std::string>());
}

struct Piece {
  size_t tensor;  // index of MappedPair
  int64_t offset = 0;
  int64_t size = 0;  // bytes
  bool same = true;
  ChangeTotals totals;
  uint32_t crc_before = 0, crc_after = 0;
};

struct MappedPair {
  TensorTask* task;
  Tensor before, after;
  size_t first_piece = 0, num_pieces = 0;
};

bool Verifiable(const BundleReader& reader, const BundleEntry& entry) {
  return !reader.is_v1() && !reader.big_endian() && !entry.sliced && entry.pieces.size() == 1 &&
         entry.dtype != DataType::kString && SizeOf(entry.dtype) > 0;
}

class Comparer {
 public:
  Comparer(const ValueTolerances& tolerances, ThreadPool& threads) : tolerances_(tolerances), threads_(threads) {}

  void Run(std::span<TensorTask> tasks) {
    for (TensorTask& task : tasks) {
      if (Streams(task)) {
        Open(task);
      } else {
        CompareWhole(task);
      }
    }
    threads_.ParallelFor(static_cast<int64_t>(pieces_.size()), 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) ComparePiece(pieces_[static_cast<size_t>(i)]);
    });
    for (MappedPair& pair : pairs_) Finish(pair);
  }

 private:
  static bool Streams(const TensorTask& task) {
    return Verifiable(*task.before_reader, *task.before) && Verifiable(*task.after_reader, *task.after) &&
           task.before->dtype == task.after->dtype &&
           task.before->shape.num_elements() == task.after->shape.num_elements();
  }

  void Open(TensorTask& task) {
    auto before = task.before_reader->Read(*task.before, {.verify = false});
    auto after = task.after_reader->Read(*task.after, {.verify = false});
    if (!before.ok() || !after.ok()) {
      task.fault = before.ok() ? std::move(after).error() : std::move(before).error();
      return;
    }
    MappedPair pair{&task, *std::move(before), *std::move(after), pieces_.size(), 0};
    const auto size = static_cast<int64_t>(pair.before.num_bytes());
    for (int64_t offset = 0; offset < size; offset += kPieceBytes) {
      pieces_.push_back({pairs_.size(), offset, std::min(kPieceBytes, size - offset), true, {}, 0, 0});
    }
    pair.num_pieces = pieces_.size() - pair.first_piece;
    pairs_.push_back(std::move(pair));
  }

  // What is not stored as it lies in memory: strings, slices, other byte orders, two dtypes.
  void CompareWhole(TensorTask& task) {
    const auto before = task.before_reader->Read(*task.before, {.verify = true, .pool = &threads_});
    const auto after = task.after_reader->Read(*task.after, {.verify = true, .pool = &threads_});
    if (!before.ok() || !after.ok()) {
      task.fault = before.ok() ? after.error() : before.error();
      return;
    }
    const bool same_type = before->dtype() == after->dtype();
    if (before->num_elements() != after->num_elements()) return;
    if (same_type && before->dtype() == DataType::kString) {
      task.same_bits = SameStrings(*before, *after);
    } else if (same_type && SizeOf(before->dtype()) > 0) {
      task.same_bits = before->bytes() == after->bytes();
    }
    if (task.same_bits) return;
    if (same_type && SizeOf(before->dtype()) > 0) {
      task.values = ValuesOf(*before, ChangeOfElements(before->dtype(), before->raw_data(), after->raw_data(),
                                                       before->num_elements(), tolerances_));
    } else if (before->dtype() != DataType::kVariant && after->dtype() != DataType::kVariant) {
      task.values = ChangeOfTensors(*before, *after, tolerances_);
    }
  }

  static ValueChange ValuesOf(const Tensor& tensor, const ChangeTotals& totals) {
    ValueChange values;
    values.elements = tensor.num_elements();
    values.changed = totals.changed;
    values.failed = totals.failed;
    values.nan_appeared = totals.nan_appeared;
    values.nan_gone = totals.nan_gone;
    values.inf_appeared = totals.inf_appeared;
    values.max_abs = totals.max_abs;
    values.mean_abs = values.elements > 0 ? totals.sum_abs / static_cast<double>(values.elements) : 0;
    values.has_numbers = HasNumbers(tensor.dtype());
    return values;
  }

  static std::string_view BytesOf(const Tensor& tensor, const Piece& piece) {
    return tensor.bytes().substr(static_cast<size_t>(piece.offset), static_cast<size_t>(piece.size));
  }

  void ComparePiece(Piece& piece) {
    const MappedPair& pair = pairs_[piece.tensor];
    const std::string_view before = BytesOf(pair.before, piece), after = BytesOf(pair.after, piece);
    piece.same = before == after;
    if (piece.same) return;
    const DataType dtype = pair.before.dtype();
    piece.totals = ChangeOfElements(dtype, before.data(), after.data(), piece.size / SizeOf(dtype), tolerances_);
    piece.crc_before = Crc32c(before);
    piece.crc_after = Crc32c(after);
  }

  void Finish(MappedPair& pair) {
    TensorTask& task = *pair.task;
    const std::span<Piece> pieces = std::span(pieces_).subspan(pair.first_piece, pair.num_pieces);
    task.same_bits = std::ranges::all_of(pieces, &Piece::same);
    if (task.same_bits) return;
    ChangeTotals totals;
    uint32_t crc_before = 0, crc_after = 0;
    for (Piece& piece : pieces) {
      if (piece.same) piece.crc_before = piece.crc_after = Crc32c(BytesOf(pair.before, piece));
      Add(piece.totals, totals);
      crc_before = CombineCrc32c(crc_before, piece.crc_before, static_cast<uint64_t>(piece.size));
      crc_after = CombineCrc32c(crc_after, piece.crc_after, static_cast<uint64_t>(piece.size));
    }
    task.values = ValuesOf(pair.before, totals);
    Verify(*task.before_reader, *task.before, crc_before, task);
    Verify(*task.after_reader, *task.after, crc_after, task);
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

  static void Verify(const BundleReader& reader, const BundleEntry& entry, uint32_t crc, TensorTask& task) {
    const BundlePiece& stored = entry.pieces[0];
    if (MaskCrc(crc) == stored.masked_crc || task.fault) return;
    task.fault = InvalidModelError(
        "{}: tensor '{}': checksum mismatch (stored {:08x}, computed {:08x}) "
        "(BundleChecksumMismatch)",
        reader.ShardPath(stored.shard), entry.key, stored.masked_crc, MaskCrc(crc));
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
