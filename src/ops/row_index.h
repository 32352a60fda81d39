// RowIndex: a hash table over rows of equal width, for Unique, ListDiff and set-like ops.
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ops/arithmetic.h"
#include "tensor/float16.h"

namespace smcli {

// Equality and hash of an element as TensorFlow's hash maps have them: 0 equals -0, NaN equals nothing.
template <typename T>
bool SameElement(const T& a, const T& b) {
  return a == b;
}

inline uint64_t MixHash(uint64_t hash, uint64_t value) {
  hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
  return hash ^ (hash >> 32);
}

template <typename T>
uint64_t ElementBits(const T& value) {
  if constexpr (std::is_same_v<T, std::string>) {
    return std::hash<std::string_view>()(value);
  } else if constexpr (kIsFloat16<T>) {
    return (value.bits & 0x7fffu) == 0 ? 0 : value.bits;
  } else if constexpr (std::is_same_v<T, float>) {
    return value == 0 ? 0 : std::bit_cast<uint32_t>(value);
  } else if constexpr (std::is_same_v<T, double>) {
    return value == 0 ? 0 : std::bit_cast<uint64_t>(value);
  } else {
    return static_cast<uint64_t>(value);
  }
}

// Rows are `width` units of `outer` pieces: row r of a tensor [outer, rows, width] are the elements [o, r, 0..width).
// A plain list of rows has outer = 1. The elements must outlive the index.
template <typename T>
class RowIndex {
 public:
  RowIndex(const T* elements, int64_t outer, int64_t rows, int64_t width)
      : elements_(elements), outer_(outer), rows_(rows), width_(width) {
    slots_.assign(std::bit_ceil(static_cast<uint64_t>(rows) * 2 + 1), -1);
  }

  // The number of the distinct row that equals row `row`, counted in order of first appearance; a new one is added.
  int64_t Add(int64_t row) {
    const uint64_t mask = slots_.size() - 1;
    for (uint64_t slot = Hash(row) & mask;; slot = (slot + 1) & mask) {
      if (slots_[slot] < 0) {
        slots_[slot] = static_cast<int64_t>(firsts_.size());
        firsts_.push_back(row);
        return slots_[slot];
      }
      if (Equal(firsts_[static_cast<size_t>(slots_[slot])], row)) return slots_[slot];
    }
  }

  // For rows of one element.
  bool Contains(const T& element) const {
    const uint64_t mask = slots_.size() - 1;
    for (uint64_t slot = MixHash(0, ElementBits(element)) & mask; slots_[slot] >= 0; slot = (slot + 1) & mask) {
      if (SameElement(elements_[firsts_[static_cast<size_t>(slots_[slot])]], element)) return true;
    }
    return false;
  }

  // The first row of each distinct one.
  const std::vector<int64_t>& firsts() const { return firsts_; }

 private:
  const T* Piece(int64_t piece, int64_t row) const { return elements_ + (piece * rows_ + row) * width_; }

  uint64_t Hash(int64_t row) const {
    uint64_t hash = 0;
    for (int64_t piece = 0; piece < outer_; ++piece) {
      const T* at = Piece(piece, row);
      for (int64_t i = 0; i < width_; ++i) hash = MixHash(hash, ElementBits(at[i]));
    }
    return hash;
  }

  bool Equal(int64_t a, int64_t b) const {
    for (int64_t piece = 0; piece < outer_; ++piece) {
      const T* x = Piece(piece, a);
      const T* y = Piece(piece, b);
      for (int64_t i = 0; i < width_; ++i) {
        if (!SameElement(x[i], y[i])) return false;
      }
    }
    return true;
  }

  const T* elements_;
  int64_t outer_, rows_, width_;
  std::vector<int64_t> slots_;  // number of the distinct row, or -1
  std::vector<int64_t> firsts_;
};

// Calls f with the C++ type of any dtype whose elements can be told apart: real numbers, bool, string. False for
// others.
template <typename F>
bool DispatchComparable(DataType dtype, F&& f) {
  if (dtype == DataType::kString) {
    f(TypeTag<std::string>{});
    return true;
  }
  if (dtype == DataType::kBool) {
    f(TypeTag<bool>{});
    return true;
  }
  return DispatchRealNumbers(dtype, f);
}
inline constexpr DataTypeSet kComparable = kRealNumbers | kQuantized | DataType::kBool | DataType::kString;

}  // namespace smcli
