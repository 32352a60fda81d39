// StridedCopy: one loop nest over source and target, which is what slices, joins, transposes, tiles, pads and
// reversals all come down to.
#pragma once

#include <array>
#include <cstdint>

#include "base/thread_pool.h"
#include "tensor/shape.h"
#include "tensor/tensor.h"

namespace smcli {

// The loops of a copy, outermost first. A loop runs `count` times; each step moves `from` elements in the source and
// `to` in the target. A step of 0 in the source repeats, a negative one walks backwards. No two steps may meet in the
// target: the order in which elements are written is not defined.
class StridedCopy {
 public:
  // Neighbouring loops that amount to one are merged, loops that run once are dropped.
  void Add(int64_t count, int64_t from, int64_t to);
  // Copies from[from_first + ...] to to[to_first + ...]. Both tensors have the same dtype (of any kind); every step
  // must stay inside them.
  void Run(ThreadPool& pool, const Tensor& from, int64_t from_first, Tensor& to, int64_t to_first) const;

 private:
  struct Loop {
    int64_t count, from, to;
  };
  // Which way the innermost loop goes.
  enum class Inner { kRun, kFill, kStep, kTranspose };
  struct Order;

  Order Arrange() const;
  template <typename T>
  static void RunOuter(const Order& order, const T* from, T* to, int64_t begin, int64_t end);
  template <typename T>
  static void RunInner(const Order& order, const T* from, T* to);

  bool empty_ = false;  // some loop never runs
  int size_ = 0;
  std::array<Loop, 2 * kMaxRank> loops_;  // uninitialised beyond size_
};

// Elements from one index to the next in each dimension of a row-major tensor: [2,3,4] -> {12,4,1}. All 0 where the
// tensor has no elements.
std::array<int64_t, kMaxRank> RowMajorStrides(const Shape& shape);

}  // namespace smcli
