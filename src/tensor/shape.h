// Shape: the fully known extents of a tensor. PartialShape: what a file promises, where a dimension or the
// rank itself may be open. Row-major, outermost dimension first.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace smcli {

// TensorFlow's limit (TensorShape::MaxDimensions).
inline constexpr int kMaxRank = 254;

// Every dimension is >= 0 and the number of elements fits into int64. Small ranks live inside the object.
class Shape {
 public:
  Shape() = default;  // a scalar
  // For extents known to be valid (literals, results of shape arithmetic on valid shapes); checked by SMCLI_CHECK.
  Shape(std::initializer_list<int64_t> dims) : Shape(std::span<const int64_t>(dims.begin(), dims.size())) {}
  explicit Shape(std::span<const int64_t> dims);
  // For extents from a file or a tensor. `InvalidModelError` for a negative extent, a product beyond int64, or rank >
  // 254.
  static Result<Shape> Make(std::span<const int64_t> dims);

  int rank() const { return rank_; }
  int64_t dim(int i) const { return data()[i]; }
  std::span<const int64_t> dims() const { return {data(), static_cast<size_t>(rank_)}; }
  int64_t num_elements() const { return num_elements_; }
  bool scalar() const { return rank_ == 0; }
  bool vector() const { return rank_ == 1; }
  bool matrix() const { return rank_ == 2; }

  // Product of dims [first, last).
  int64_t Product(int first, int last) const;

  bool operator==(const Shape& other) const { return std::ranges::equal(dims(), other.dims()); }

  std::string ToString() const;  // [2,3]

 private:
  static constexpr int kInline = 6;
  const int64_t* data() const { return rank_ <= kInline ? inline_.data() : heap_.data(); }

  int rank_ = 0;
  int64_t num_elements_ = 1;
  std::array<int64_t, kInline> inline_{};
  std::vector<int64_t> heap_;  // used only when rank_ > kInline
};

class PartialShape {
 public:
  PartialShape() = default;                                                     // unknown rank
  explicit PartialShape(std::vector<int64_t> dims) : dims_(std::move(dims)) {}  // -1: unknown extent
  explicit PartialShape(const Shape& shape) : dims_(std::vector<int64_t>(shape.dims().begin(), shape.dims().end())) {}

  bool known_rank() const { return dims_.has_value(); }
  int rank() const { return dims_ ? static_cast<int>(dims_->size()) : -1; }
  int64_t dim(int i) const { return (*dims_)[static_cast<size_t>(i)]; }
  std::span<const int64_t> dims() const {
    return dims_ ? std::span<const int64_t>(*dims_) : std::span<const int64_t>();
  }
  bool fully_known() const;
  bool Accepts(const Shape& shape) const;  // could a tensor of this shape stand here?
  bool CompatibleWith(const PartialShape& other) const;
  std::optional<Shape> ToShape() const;  // when fully known and valid

  bool operator==(const PartialShape&) const = default;

  std::string ToString() const;  // [?,3], or "unknown rank"

 private:
  std::optional<std::vector<int64_t>> dims_;
};

}  // namespace smcli
