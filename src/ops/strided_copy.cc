#include "ops/strided_copy.h"

#include "ops/move.h"

namespace smcli {
namespace {

// Threads are worth waking for this many bytes each.
constexpr int64_t kBytesPerThread = 128 << 10;
// A transposition goes tile by tile, so that both sides stay in the first-level cache.
constexpr int64_t kTile = 16;
// Runs shorter than this are copied element by element: a call would cost more.
constexpr int64_t kShortRun = 8;

template <typename T>
void TransposeTiles(const T* from, int64_t from_rows, int64_t to_rows, int64_t rows, int64_t columns, int64_t from_step,
                    T* to) {
  for (int64_t row = 0; row < rows; row += kTile) {
    const int64_t row_end = std::min(rows, row + kTile);
    for (int64_t column = 0; column < columns; column += kTile) {
      const int64_t column_end = std::min(columns, column + kTile);
      for (int64_t r = row; r < row_end; ++r) {
        const T* source = from + r * from_rows;
        T* target = to + r * to_rows;
        for (int64_t c = column; c < column_end; ++c) target[c] = source[c * from_step];
      }
    }
  }
}

}  // namespace

std::array<int64_t, kMaxRank> RowMajorStrides(const Shape& shape) {
  std::array<int64_t, kMaxRank> strides;
  if (shape.num_elements() == 0) {  // the extents beside a zero may multiply beyond int64
    strides.fill(0);
    return strides;
  }
  int64_t stride = 1;
  for (int i = shape.rank() - 1; i >= 0; --i) {
    strides[static_cast<size_t>(i)] = stride;
    stride *= shape.dim(i);
  }
  return strides;
}

void StridedCopy::Add(int64_t count, int64_t from, int64_t to) {
  if (count == 0) empty_ = true;
  if (count <= 1 || empty_) return;
  if (size_ > 0) {
    Loop& outer = loops_[static_cast<size_t>(size_ - 1)];
    if (outer.from == from * count && outer.to == to * count) {
      outer = {outer.count * count, from, to};
      return;
    }
  }
  SMCLI_CHECK(size_ < static_cast<int>(loops_.size()));
  loops_[static_cast<size_t>(size_++)] = {count, from, to};
}

// The loops in the order in which they run: `inner` is the last one, `rows` the one around it when tiles are walked.
struct StridedCopy::Order {
  Inner kind = Inner::kRun;
  Loop inner{1, 1, 1};
  Loop rows{1, 0, 0};
  int outer_size = 0;
  int64_t outer_count = 1;
  std::array<Loop, 2 * kMaxRank> outer;

  int64_t inner_elements() const { return inner.count * rows.count; }
};

StridedCopy::Order StridedCopy::Arrange() const {
  Order order;
  int rows = -1;
  if (size_ > 0) {
    order.inner = loops_[static_cast<size_t>(size_ - 1)];
    if (order.inner.to != 1 || order.inner.from < 0 || order.inner.from > 1) {
      order.kind = Inner::kStep;
      for (int i = size_ - 2; i >= 0 && rows < 0 && order.inner.to == 1; --i) {
        if (loops_[static_cast<size_t>(i)].from == 1) rows = i;
      }
    } else if (order.inner.from == 0) {
      order.kind = Inner::kFill;
    }
  }
  if (rows >= 0) {
    order.kind = Inner::kTranspose;
    order.rows = loops_[static_cast<size_t>(rows)];
  }
  for (int i = 0; i < size_ - 1; ++i) {
    if (i == rows) continue;
    order.outer_count *= loops_[static_cast<size_t>(i)].count;
    order.outer[static_cast<size_t>(order.outer_size++)] = loops_[static_cast<size_t>(i)];
  }
  return order;
}

template <typename T>
void StridedCopy::RunInner(const Order& order, const T* from, T* to) {
  const Loop& inner = order.inner;
  switch (order.kind) {
    case Inner::kRun:
      if (inner.count < kShortRun) {
        for (int64_t i = 0; i < inner.count; ++i) to[i] = from[i];
      } else {
        CopyRun(from, inner.count, to);
      }
      break;
    case Inner::kFill: std::fill_n(to, inner.count, *from); break;
    case Inner::kStep:
      for (int64_t i = 0; i < inner.count; ++i) to[i * inner.to] = from[i * inner.from];
      break;
    case Inner::kTranspose:
      TransposeTiles(from, order.rows.from, order.rows.to, order.rows.count, inner.count, inner.from, to);
      break;
  }
}

// Steps [begin, end) of all outer loops taken as one.
template <typename T>
void StridedCopy::RunOuter(const Order& order, const T* from, T* to, int64_t begin, int64_t end) {
  std::array<int64_t, 2 * kMaxRank> index;
  int64_t rest = begin, from_at = 0, to_at = 0;
  for (int i = order.outer_size - 1; i >= 0; --i) {
    const Loop& loop = order.outer[static_cast<size_t>(i)];
    index[static_cast<size_t>(i)] = rest % loop.count;
    rest /= loop.count;
    from_at += index[static_cast<size_t>(i)] * loop.from;
    to_at += index[static_cast<size_t>(i)] * loop.to;
  }
  for (int64_t step = begin; step < end; ++step) {
    RunInner(order, from + from_at, to + to_at);
    for (int i = order.outer_size - 1; i >= 0; --i) {
      const Loop& loop = order.outer[static_cast<size_t>(i)];
      from_at += loop.from;
      to_at += loop.to;
      if (++index[static_cast<size_t>(i)] < loop.count) break;
      index[static_cast<size_t>(i)] = 0;
      from_at -= loop.from * loop.count;
      to_at -= loop.to * loop.count;
    }
  }
}

void StridedCopy::Run(ThreadPool& pool, const Tensor& from, int64_t from_first, Tensor& to, int64_t to_first) const {
  if (empty_) return;
  const Order order = Arrange();
  const int64_t unit = UnitSize(from.dtype());
  DispatchMove(from.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    const T* source = from.data<T>() + from_first;
    T* target = to.mutable_data<T>() + to_first;
    if (order.outer_count == 1 && order.kind != Inner::kTranspose) {
      pool.ParallelFor(order.inner.count, std::max<int64_t>(1, kBytesPerThread / unit),
                       [&](int64_t begin, int64_t end) {
                         Order part;
                         part.kind = order.kind;
                         part.inner = {end - begin, order.inner.from, order.inner.to};
                         RunInner(part, source + begin * order.inner.from, target + begin * order.inner.to);
                       });
      return;
    }
    const int64_t grain = std::max<int64_t>(1, kBytesPerThread / (unit * order.inner_elements()));
    pool.ParallelFor(order.outer_count, grain,
                     [&](int64_t begin, int64_t end) { RunOuter(order, source, target, begin, end); });
  });
}

}  // namespace smcli
