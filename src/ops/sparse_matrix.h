// CsrMatrix: the value of a DT_VARIANT that the ops of CSR sparse matrices pass around: one matrix or a batch of them
// in compressed rows.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "ops/int_args.h"
#include "ops/kernel.h"
#include "tensor/tensor.h"

namespace smcli {

class CsrMatrix final : public VariantValue {
 public:
  std::string_view type_name() const override { return "tensorflow::CSRSparseMatrix"; }

  IntList shape;                  // [rows, columns], or [batch, rows, columns]
  std::vector<int64_t> first;     // where the entries of each matrix begin, and where the last ends
  std::vector<int32_t> row_ends;  // batch times rows + 1: of a matrix's entries, counted from its first
  std::vector<int32_t> columns;   // of each entry
  Tensor values;                  // of each entry

  int rank() const { return shape.size(); }
  int64_t batch() const { return rank() == 3 ? shape[0] : 1; }
  int64_t rows() const { return shape[rank() == 3 ? 1 : 0]; }
  int64_t width() const { return shape[rank() == 3 ? 2 : 1]; }
  DataType dtype() const { return values.dtype(); }
  int64_t entries() const { return static_cast<int64_t>(columns.size()); }

  // f(row, entry) over the entries of matrix `b`, in order; `entry` counts over all matrices.
  template <typename F>
  void ForEach(int64_t b, F&& f) const {
    const int32_t* ends = row_ends.data() + b * (rows() + 1);
    for (int64_t row = 0; row < rows(); ++row) {
      for (int64_t i = ends[row]; i < ends[row + 1]; ++i) f(row, first[static_cast<size_t>(b)] + i);
    }
  }
};

// From coordinates in row-major order, [count, rank] of them, and as many values. ModelError for shapes and indices
// that do not go together.
Result<std::shared_ptr<CsrMatrix>> CsrOf(const Tensor& indices, Tensor values, const IntList& shape);
// The matrix in input i, of the dtype. ModelError when it holds something else.
Result<const CsrMatrix*> CsrInput(const KernelContext& ctx, int i);
Result<const CsrMatrix*> CsrInput(const KernelContext& ctx, int i, DataType dtype);
// Rows become columns, of each matrix; the values conjugate where wanted.
Result<std::shared_ptr<CsrMatrix>> Transposed(const CsrMatrix& matrix, bool conjugate);

}  // namespace smcli
