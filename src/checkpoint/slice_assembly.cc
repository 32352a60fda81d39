#include "checkpoint/slice_assembly.h"

#include <algorithm>
#include <cstring>

namespace smcli {
namespace {

// Every pair of slices may have to be compared, so their number is bounded. Writers make one per parameter server.
constexpr size_t kMaxSlices = 16384;

bool Overlap(const TensorSlice& a, const TensorSlice& b) {
  for (size_t i = 0; i < a.extents().size(); ++i) {
    const SliceExtent &x = a.extents()[i], &y = b.extents()[i];
    if (x.start + x.length <= y.start || y.start + y.length <= x.start) return false;
  }
  return true;
}

// In the order of where they begin in the first dimension, a slice can overlap only those that begin before it ends.
bool AnyOverlap(std::vector<const TensorSlice*> slices) {
  const auto start = [](const TensorSlice* slice) { return slice->extents().empty() ? 0 : slice->extents()[0].start; };
  std::ranges::sort(slices, {}, start);
  for (size_t i = 0; i < slices.size(); ++i) {
    const int64_t end = slices[i]->extents().empty() ? 1 : start(slices[i]) + slices[i]->extents()[0].length;
    for (size_t k = i + 1; k < slices.size() && start(slices[k]) < end; ++k) {
      if (Overlap(*slices[i], *slices[k])) return true;
    }
  }
  return false;
}

// Do two slices share bytes of a data file?
bool ShareBytes(std::span<const BundlePiece> pieces) {
  std::vector<const BundlePiece*> sorted;
  for (const BundlePiece& piece : pieces) {
    if (piece.size > 0) sorted.push_back(&piece);
  }
  std::ranges::sort(sorted, {}, [](const BundlePiece* piece) { return std::pair(piece->shard, piece->offset); });
  for (size_t i = 1; i < sorted.size(); ++i) {
    const BundlePiece &a = *sorted[i - 1], &b = *sorted[i];
    if (a.shard == b.shard && b.offset - a.offset < a.size) return true;
  }
  return false;
}

}  // namespace

Status CheckSlices(const BundleEntry& entry) {
  if (entry.pieces.size() > kMaxSlices) {
    return InvalidModelError("it lists {} slices, more than {}", entry.pieces.size(), kMaxSlices);
  }
  int64_t covered = 0;
  std::vector<const TensorSlice*> slices;
  for (const BundlePiece& piece : entry.pieces) {
    if (!piece.found) return InvalidModelError("slice {} is not in the index (SliceMissing)", piece.slice.ToString());
    if (!piece.fits) {
      return InvalidModelError("slice {} is stored as another dtype or shape (BundleSizeMismatch)",
                               piece.slice.ToString());
    }
    if (piece.offset < 0) {
      return InvalidModelError("slice {} lies at {} (BundleDataTruncated)", piece.slice.ToString(), piece.offset);
    }
    const int64_t elements = piece.slice.shape().num_elements();
    if (__builtin_add_overflow(covered, elements, &covered)) covered = INT64_MAX;
    if (elements > 0) slices.push_back(&piece.slice);
  }
  if (covered != entry.shape.num_elements() || AnyOverlap(std::move(slices))) {
    return InvalidModelError("its {} slices do not cover shape {} exactly once (SlicesDoNotCover)", entry.pieces.size(),
                             entry.shape.ToString());
  }
  if (ShareBytes(entry.pieces)) return InvalidModelError("two of its slices lie at the same place");
  return {};
}

bool CutsFirstDimensionOnly(const BundleEntry& entry) {
  return entry.shape.rank() > 0 && std::ranges::all_of(entry.pieces, [&](const BundlePiece& piece) {
           const std::vector<SliceExtent>& extents = piece.slice.extents();
           for (size_t i = 1; i < extents.size(); ++i) {
             if (extents[i] != SliceExtent{0, entry.shape.dim(static_cast<int>(i))}) return false;
           }
           return !extents.empty();
         });
}

// Row by row of the last dimension that is not whole, all whole ones after it included.
void CopyIntoSlice(const Tensor& part, const TensorSlice& slice, Tensor& whole) {
  if (part.num_elements() == 0) return;
  int outer = whole.rank();  // dimensions [outer, rank) make one run
  while (outer > 0 && part.dim(outer - 1) == whole.dim(outer - 1)) --outer;
  if (outer > 0) --outer;
  const int64_t run = part.shape().Product(outer, part.rank());
  std::vector<int64_t> index(static_cast<size_t>(outer), 0);
  for (int64_t from = 0; from < part.num_elements(); from += run) {
    int64_t to = 0;
    for (int i = 0; i < whole.rank(); ++i) {
      const auto at = static_cast<size_t>(i);
      to = to * whole.dim(i) + slice.extents()[at].start + (i < outer ? index[at] : 0);
    }
    if (whole.dtype() == DataType::kString) {
      std::copy_n(part.data<std::string>() + from, run, whole.mutable_data<std::string>() + to);
    } else if (whole.dtype() == DataType::kVariant) {
      std::copy_n(part.data<Variant>() + from, run, whole.mutable_data<Variant>() + to);
    } else {
      const auto size = static_cast<size_t>(SizeOf(whole.dtype()));
      std::memcpy(static_cast<char*>(whole.mutable_raw_data()) + static_cast<size_t>(to) * size,
                  part.bytes().data() + static_cast<size_t>(from) * size, static_cast<size_t>(run) * size);
    }
    for (int i = outer - 1; i >= 0 && ++index[static_cast<size_t>(i)] == part.dim(i); --i) {
      index[static_cast<size_t>(i)] = 0;
    }
  }
}

}  // namespace smcli
