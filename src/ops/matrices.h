// The matrices in the last two dimensions of a tensor: what the ops of linear algebra work on.
#pragma once

#include <atomic>

#include "ops/int_args.h"
#include "ops/op.h"

namespace smcli {

inline constexpr DataTypeSet kMatrixTypes = DataType::kFloat | DataType::kDouble | kComplexes;

// As DispatchX of tensor/dtype.h, over kMatrixTypes.
template <typename F>
bool DispatchMatrix(DataType dtype, F&& f) {
  switch (dtype) {
    case DataType::kFloat: f(TypeTag<float>{}); return true;
    case DataType::kDouble: f(TypeTag<double>{}); return true;
    default: return DispatchComplexes(dtype, f);
  }
}

struct Matrices {
  IntList outer;      // the other dimensions
  int64_t count = 1;  // of matrices
  int64_t rows = 0, columns = 0;

  // ModelError for a tensor of less than two dimensions, and (SquareOf) for matrices that are not square.
  static Result<Matrices> Of(const Tensor& tensor, std::string_view what = "Input");
  static Result<Matrices> SquareOf(const Tensor& tensor, std::string_view what = "Input");

  int64_t size() const { return rows * columns; }  // elements of a matrix
  // outer + dims
  Result<Shape> Times(std::initializer_list<int64_t> dims) const;
  Result<Shape> Square() const { return Times({rows, rows}); }
};

// f(i) for i < count over the pool, `nanoseconds` each, about. Whether all of them answered true.
template <typename F>
bool ForEachMatrix(ThreadPool& pool, int64_t count, double nanoseconds, F f) {
  std::atomic<bool> good = true;
  pool.ParallelFor(count, ThreadPool::GrainOf(nanoseconds), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      if (!f(i)) good.store(false, std::memory_order_relaxed);
    }
  });
  return good;
}

// About n^3 operations.
inline double CubicCost(const Matrices& m) {
  return static_cast<double>(m.rows) * static_cast<double>(m.columns) * static_cast<double>(m.rows + m.columns) + 100;
}

}  // namespace smcli
