// What kernels read out of small integer tensors: extents, axes, sizes; and the checks that go with them.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/check.h"
#include "base/result.h"
#include "tensor/shape.h"
#include "tensor/tensor.h"

namespace smcli {

// At most kMaxRank integers, without heap: the dimensions of a shape under construction, a list of axes.
class IntList {
 public:
  IntList() = default;
  explicit IntList(std::span<const int64_t> values) : size_(static_cast<int>(values.size())) {
    SMCLI_CHECK(values.size() <= static_cast<size_t>(kMaxRank));
    std::copy(values.begin(), values.end(), values_.begin());
  }
  IntList(const IntList& other) : IntList(other.span()) {}
  IntList& operator=(const IntList& other) {
    size_ = other.size_;
    std::copy_n(other.values_.begin(), size_, values_.begin());
    return *this;
  }

  int size() const { return size_; }
  bool empty() const { return size_ == 0; }
  int64_t operator[](int i) const { return values_[static_cast<size_t>(i)]; }
  int64_t& operator[](int i) { return values_[static_cast<size_t>(i)]; }
  const int64_t* begin() const { return values_.data(); }
  const int64_t* end() const { return values_.data() + size_; }
  int64_t* begin() { return values_.data(); }
  int64_t* end() { return values_.data() + size_; }
  std::span<const int64_t> span() const { return {values_.data(), static_cast<size_t>(size_)}; }

  bool full() const { return size_ == kMaxRank; }
  void push_back(int64_t value) {
    SMCLI_CHECK(!full());
    values_[static_cast<size_t>(size_++)] = value;
  }
  void append(std::span<const int64_t> values) {
    for (int64_t value : values) push_back(value);
  }
  // `count` copies of `value`; count <= kMaxRank.
  void assign(int count, int64_t value) {
    SMCLI_CHECK(count >= 0 && count <= kMaxRank);
    size_ = count;
    std::fill_n(values_.begin(), count, value);
  }

 private:
  int size_ = 0;
  std::array<int64_t, kMaxRank> values_;  // uninitialised beyond size_
};

// Element i of a tensor of any integer dtype; a uint64 beyond int64 comes out negative.
int64_t IntAt(const Tensor& tensor, int64_t i);

// `what` names the input in the error. ModelError when the tensor is not a scalar (ScalarInt), does not have exactly
// one element (SingleInt), or is not a vector of at most kMaxRank integers (VectorInts).
Result<int64_t> ScalarInt(const Tensor& tensor, std::string_view what);
Result<int64_t> SingleInt(const Tensor& tensor, std::string_view what);
Result<IntList> VectorInts(const Tensor& tensor, std::string_view what);

// axis, or axis + rank when negative. ModelError outside [-rank, rank).
Result<int> NormalAxis(int64_t axis, int rank);

// Extents that come out of a computation on a model's values. ModelError for a negative extent, a product beyond int64,
// or a rank above kMaxRank.
Result<Shape> CheckedShape(std::span<const int64_t> dims);
inline Result<Shape> CheckedShape(const IntList& dims) { return CheckedShape(dims.span()); }

// dims[0, axis) + middle + dims(axis, rank): the shape in which one dimension has been replaced by any number of
// others.
Result<Shape> ReplaceDim(const Shape& shape, int axis, std::span<const int64_t> middle);

// A vector of the dtype (int32 or int64) that holds the values. ModelError when one does not fit into int32.
Result<Tensor> IntVector(DataType dtype, std::span<const int64_t> values);
Result<Tensor> IntScalar(DataType dtype, int64_t value);

}  // namespace smcli
