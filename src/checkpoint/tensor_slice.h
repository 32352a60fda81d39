// TensorSlice: a box inside a tensor, as checkpoints store large variables in pieces; and the keys under which a
// checkpoint's table holds such pieces.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tensor/shape.h"

namespace smcli {

// One dimension: `length` elements from `start` on, or, at start 0 and length -1, all of it.
struct SliceExtent {
  int64_t start = 0;
  int64_t length = -1;
  bool operator==(const SliceExtent&) const = default;
};

class TensorSlice {
 public:
  TensorSlice() = default;  // of a scalar
  explicit TensorSlice(std::vector<SliceExtent> extents) : extents_(std::move(extents)) {}

  // From a serialised TensorSliceProto. `InvalidModelError` for starts and lengths that no dimension can have.
  static Result<TensorSlice> FromBytes(std::string_view proto);
  // The TensorSliceProto.
  std::string ToBytes() const;

  const std::vector<SliceExtent>& extents() const { return extents_; }
  bool operator==(const TensorSlice&) const = default;

  // With every length known. `InvalidModelError` SliceRankMismatch, SliceOutOfBounds where it does not lie inside
  // `full`.
  Result<TensorSlice> Within(const Shape& full) const;
  // Of a slice from Within.
  Shape shape() const;
  // "0,4:-", the syntax of shape_and_slice strings.
  std::string ToString() const;

 private:
  std::vector<SliceExtent> extents_;
};

// The key of a slice, in an encoding whose order as bytes is the order of name, rank and extents (OrderedCode).
std::string EncodeSliceKey(std::string_view name, const TensorSlice& slice);
// Slice keys begin with the number 0, whose code is a zero byte; no tensor's name does.
inline bool IsSliceKey(std::string_view key) { return !key.empty() && key[0] == '\0'; }

}  // namespace smcli
