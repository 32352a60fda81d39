#include "ops/sparse_matrix.h"

#include <complex>
#include <limits>

#include "ops/expect.h"
#include "ops/matrices.h"

namespace smcli {

Result<std::shared_ptr<CsrMatrix>> CsrOf(const Tensor& indices, Tensor values, const IntList& shape) {
  const int rank = shape.size();
  if (rank != 2 && rank != 3) return ModelError("SparseTensor must have rank 2 or 3, but has {}", rank);
  SMCLI_RETURN_IF_ERROR(CheckedShape(shape));
  SMCLI_RETURN_IF_ERROR(ExpectMatrix(indices, "indices"));
  SMCLI_RETURN_IF_ERROR(ExpectVector(values, "values"));
  const int64_t count = values.num_elements();
  if (indices.dim(0) != count || indices.dim(1) != rank || count > std::numeric_limits<int32_t>::max()) {
    return ModelError("indices of shape {} do not fit {} values of rank {}", indices.shape().ToString(), count, rank);
  }
  auto matrix = std::make_shared<CsrMatrix>();
  matrix->shape = shape;
  const int64_t rows = matrix->rows(), batch = matrix->batch();
  SMCLI_ASSIGN_OR_RETURN(const Shape ends, CheckedShape(std::array{batch, rows + 1}));
  SMCLI_RETURN_IF_ERROR(Tensor::Make(DataType::kInt32, ends));  // is there room?
  matrix->row_ends.assign(static_cast<size_t>(ends.num_elements()), 0);
  matrix->first.assign(static_cast<size_t>(batch) + 1, 0);
  const int64_t* index = indices.data<int64_t>();
  for (int64_t i = 0; i < count; ++i, index += rank) {
    for (int d = 0; d < rank; ++d) {
      if (index[d] < 0 || index[d] >= shape[d])
        return ModelError("index {} is out of range in dimension {} of size {}", index[d], d, shape[d]);
    }
    const int64_t b = rank == 3 ? index[0] : 0, row = index[rank == 3 ? 1 : 0];
    ++matrix->first[static_cast<size_t>(b) + 1];
    ++matrix->row_ends[static_cast<size_t>(b * (rows + 1) + row + 1)];
    matrix->columns.push_back(static_cast<int32_t>(index[rank - 1]));
  }
  for (int64_t b = 0; b < batch; ++b) {
    matrix->first[static_cast<size_t>(b) + 1] += matrix->first[static_cast<size_t>(b)];
    int32_t* end = matrix->row_ends.data() + b * (rows + 1);
    for (int64_t row = 0; row < rows; ++row) end[row + 1] += end[row];
  }
  matrix->values = std::move(values);
  return matrix;
}

Result<const CsrMatrix*> CsrInput(const KernelContext& ctx, int i) {
  const Tensor& handle = ctx.input(i);
  const CsrMatrix* matrix = handle.dtype() == DataType::kVariant && handle.num_elements() == 1
                                ? dynamic_cast<const CsrMatrix*>(handle.scalar<Variant>().get())
                                : nullptr;
  if (matrix == nullptr) return ModelError("input {} does not hold a CSRSparseMatrix", i);
  return matrix;
}

Result<const CsrMatrix*> CsrInput(const KernelContext& ctx, int i, DataType dtype) {
  SMCLI_ASSIGN_OR_RETURN(const CsrMatrix* matrix, CsrInput(ctx, i));
  if (matrix->dtype() != dtype)
    return ModelError("dtype of input {} is {}, not {}", i, Name(matrix->dtype()), Name(dtype));
  return matrix;
}

Result<std::shared_ptr<CsrMatrix>> Transposed(const CsrMatrix& matrix, bool conjugate) {
  auto out = std::make_shared<CsrMatrix>();
  out->shape = matrix.shape;
  const int row_axis = matrix.rank() == 3 ? 1 : 0;
  std::swap(out->shape[row_axis], out->shape[row_axis + 1]);
  out->first = matrix.first;
  const int64_t rows = out->rows();
  SMCLI_ASSIGN_OR_RETURN(const Shape ends, CheckedShape(std::array{matrix.batch(), rows + 1}));
  SMCLI_RETURN_IF_ERROR(Tensor::Make(DataType::kInt32, ends));
  out->row_ends.assign(static_cast<size_t>(ends.num_elements()), 0);
  out->columns.resize(matrix.columns.size());
  SMCLI_ASSIGN_OR_RETURN(out->values, Tensor::Make(matrix.dtype(), Shape{matrix.entries()}));
  DispatchMatrix(matrix.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    const T* from = matrix.values.data<T>();
    T* to = out->values.mutable_data<T>();
    for (int64_t b = 0; b < matrix.batch(); ++b) {
      int32_t* end = out->row_ends.data() + b * (rows + 1);
      matrix.ForEach(b, [&](int64_t, int64_t e) { ++end[matrix.columns[static_cast<size_t>(e)] + 1]; });
      for (int64_t row = 0; row < rows; ++row) end[row + 1] += end[row];
      std::vector<int32_t> next(end, end + rows);
      matrix.ForEach(b, [&](int64_t row, int64_t e) {
        const auto at =
            matrix.first[static_cast<size_t>(b)] + next[static_cast<size_t>(matrix.columns[static_cast<size_t>(e)])]++;
        out->columns[static_cast<size_t>(at)] = static_cast<int32_t>(row);
        if constexpr (std::is_floating_point_v<T>) {
          to[at] = from[e];
        } else {
          to[at] = conjugate ? std::conj(from[e]) : from[e];
        }
      });
    }
  });
  return out;
}

}  // namespace smcli
