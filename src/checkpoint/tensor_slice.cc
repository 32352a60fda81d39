#include "checkpoint/tensor_slice.h"

#include "base/wire.h"

namespace smcli {
namespace {

Result<SliceExtent> ExtentFromBytes(std::string_view proto) {
  SliceExtent extent;
  bool has_length = false;
  WireReader reader(proto);
  WireField field;
  while (reader.Next(field)) {
    if (field.is(1, WireType::kVarint)) extent.start = field.as_int64();
    if (field.is(2, WireType::kVarint)) {
      extent.length = field.as_int64();
      has_length = true;
    }
  }
  SMCLI_RETURN_IF_ERROR(reader.status());
  int64_t end = 0;
  const bool valid =
      has_length ? extent.start >= 0 && extent.length > 0 && !__builtin_add_overflow(extent.start, extent.length, &end)
                 : extent.start == 0;
  if (valid) return extent;
  return InvalidModelError("a slice from {} of length {} is none (SliceOutOfBounds)", extent.start, extent.length);
}

}  // namespace

Result<TensorSlice> TensorSlice::FromBytes(std::string_view proto) {
  std::vector<SliceExtent> extents;
  WireReader reader(proto);
  WireField field;
  while (reader.Next(field)) {
    if (!field.is(1, WireType::kBytes)) continue;
    if (extents.size() == static_cast<size_t>(kMaxRank)) {
      return InvalidModelError("a slice has more than {} dimensions (SliceRankMismatch)", kMaxRank);
    }
    SMCLI_ASSIGN_OR_RETURN(const SliceExtent extent, ExtentFromBytes(field.bytes));
    extents.push_back(extent);
  }
  SMCLI_RETURN_IF_ERROR(reader.status());
  return TensorSlice(std::move(extents));
}

std::string TensorSlice::ToBytes() const {
  std::string proto;
  for (const SliceExtent& extent : extents_) {
    std::string bytes;
    if (extent.start != 0) AppendVarintField(1, static_cast<uint64_t>(extent.start), bytes);
    if (extent.length >= 0) AppendVarintField(2, static_cast<uint64_t>(extent.length), bytes);
    AppendBytesField(1, bytes, proto);
  }
  return proto;
}

Result<TensorSlice> TensorSlice::Within(const Shape& full) const {
  if (extents_.size() != static_cast<size_t>(full.rank())) {
    return InvalidModelError("slice {} of {} dimensions does not fit shape {} (SliceRankMismatch)", ToString(),
                             extents_.size(), full.ToString());
  }
  std::vector<SliceExtent> known = extents_;
  for (int i = 0; i < full.rank(); ++i) {
    SliceExtent& extent = known[static_cast<size_t>(i)];
    if (extent.length < 0) extent.length = full.dim(i);
    if (extent.start > full.dim(i) || extent.length > full.dim(i) - extent.start) {
      return InvalidModelError("slice {} reaches outside shape {} (SliceOutOfBounds)", ToString(), full.ToString());
    }
  }
  return TensorSlice(std::move(known));
}

Shape TensorSlice::shape() const {
  std::vector<int64_t> dims;
  for (const SliceExtent& extent : extents_) dims.push_back(extent.length);
  return Shape(std::span<const int64_t>(dims));
}

std::string TensorSlice::ToString() const {
  std::string text;
  for (const SliceExtent& extent : extents_) {
    if (!text.empty()) text += ':';
    text += extent.length < 0 ? std::string("-") : fmt::format("{},{}", extent.start, extent.length);
  }
  return text;
}

}  // namespace smcli
