// CSR sparse matrices from and to dense and sparse tensors, and their parts.
#include <complex>

#include "ops/expect.h"
#include "ops/matrices.h"
#include "ops/move.h"
#include "ops/op.h"
#include "ops/sparse_matrix.h"

namespace smcli {
namespace {

Tensor VariantOf(std::shared_ptr<const CsrMatrix> matrix) {
  return Tensor::Of<Variant>(Shape{}, std::vector<Variant>{std::move(matrix)});
}

// (indices, values, dense_shape)
Status FromSparse(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(const IntList shape, VectorInts(ctx.input(2), "dense_shape"));
  SMCLI_ASSIGN_OR_RETURN(auto matrix, CsrOf(ctx.input(0), ctx.input(1), shape));
  ctx.set_output(0, VariantOf(std::move(matrix)));
  return {};
}

// (dense, indices of the entries)
Status FromDense(KernelContext& ctx) {
  const Tensor &dense = ctx.input(0), &indices = ctx.input(1);
  SMCLI_RETURN_IF_ERROR(ExpectMatrix(indices, "indices"));
  if (indices.dim(1) != dense.rank()) {
    return ModelError("indices of {} columns for a tensor of rank {}", indices.dim(1), dense.rank());
  }
  const int64_t count = indices.dim(0);
  SMCLI_ASSIGN_OR_RETURN(Tensor values, Tensor::Make(dense.dtype(), Shape{count}));
  for (int64_t i = 0; i < count; ++i) {
    int64_t at = 0;
    for (int d = 0; d < dense.rank(); ++d) {
      const int64_t index = indices.data<int64_t>()[i * dense.rank() + d];
      if (index < 0 || index >= dense.dim(d)) return ModelError("index {} is out of range in dimension {}", index, d);
      at = at * dense.dim(d) + index;
    }
    CopyElements(dense, at, 1, values, i);
  }
  SMCLI_ASSIGN_OR_RETURN(auto matrix, CsrOf(indices, std::move(values), IntList(dense.shape().dims())));
  ctx.set_output(0, VariantOf(std::move(matrix)));
  return {};
}

// An op on the matrix in input 0 that its attribute `type` gives a dtype.
class MatrixOp : public Kernel {
 public:
  template <typename K>
  static Result<std::unique_ptr<Kernel>> Make(const NodeInfo& node) {
    auto kernel = std::make_unique<K>();
    SMCLI_ASSIGN_OR_RETURN(kernel->dtype_, node.attrs.Type("type"));
    if (node.op == "SparseMatrixTranspose") {
      SMCLI_ASSIGN_OR_RETURN(kernel->conjugate_, node.attrs.Bool("conjugate"));
    }
    return std::unique_ptr<Kernel>(std::move(kernel));
  }
  Status Compute(KernelContext& ctx) const override {
    SMCLI_ASSIGN_OR_RETURN(const CsrMatrix* matrix, CsrInput(ctx, 0, dtype_));
    return Run(ctx, *matrix);
  }

 protected:
  bool conjugate_ = false;

 private:
  virtual Status Run(KernelContext& ctx, const CsrMatrix& matrix) const = 0;
  DataType dtype_ = DataType::kInvalid;
};

class ToDense final : public MatrixOp {
  Status Run(KernelContext& ctx, const CsrMatrix& matrix) const override {
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, CheckedShape(matrix.shape));
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, matrix.dtype(), shape));
    FillZero(*out);
    for (int64_t b = 0; b < matrix.batch(); ++b) {
      matrix.ForEach(b, [&](int64_t row, int64_t e) {
        const int64_t column = matrix.columns[static_cast<size_t>(e)];
        CopyElements(matrix.values, e, 1, *out, (b * matrix.rows() + row) * matrix.width() + column);
      });
    }
    return {};
  }
};

class ToSparse final : public MatrixOp {
  Status Run(KernelContext& ctx, const CsrMatrix& matrix) const override {
    SMCLI_ASSIGN_OR_RETURN(Tensor * indices, ctx.Allocate(0, DataType::kInt64, Shape{matrix.entries(), matrix.rank()}));
    int64_t* to = indices->mutable_data<int64_t>();
    for (int64_t b = 0; b < matrix.batch(); ++b) {
      matrix.ForEach(b, [&](int64_t row, int64_t e) {
        if (matrix.rank() == 3) *to++ = b;
        *to++ = row;
        *to++ = matrix.columns[static_cast<size_t>(e)];
      });
    }
    ctx.set_output(1, matrix.values);
    ctx.set_output(2, Tensor::Vector<int64_t>(matrix.shape.span()));
    return {};
  }
};

// (matrix, which of the batch)
class Components final : public MatrixOp {
  Status Run(KernelContext& ctx, const CsrMatrix& matrix) const override {
    SMCLI_ASSIGN_OR_RETURN(const int64_t b, ScalarInt(ctx.input(1), "index"));
    if (b < 0 || b >= matrix.batch()) return ModelError("index ({}) not in [0, {})", b, matrix.batch());
    const auto at = static_cast<size_t>(b);
    const int64_t first = matrix.first[at], count = matrix.first[at + 1] - first, ends = matrix.rows() + 1;
    const std::span<const int32_t> row_ends(matrix.row_ends), columns(matrix.columns);
    ctx.set_output(0,
                   Tensor::Vector<int32_t>(row_ends.subspan(static_cast<size_t>(b * ends), static_cast<size_t>(ends))));
    ctx.set_output(1, Tensor::Vector<int32_t>(columns.subspan(static_cast<size_t>(first), static_cast<size_t>(count))));
    SMCLI_ASSIGN_OR_RETURN(Tensor values, SubTensor(matrix.values, first, Shape{count}));
    ctx.set_output(2, std::move(values));
    return {};
  }
};

class Transpose final : public MatrixOp {
  Status Run(KernelContext& ctx, const CsrMatrix& matrix) const override {
    SMCLI_ASSIGN_OR_RETURN(auto transposed, Transposed(matrix, conjugate_));
    ctx.set_output(0, VariantOf(std::move(transposed)));
    return {};
  }
};

Status CountEntries(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(const CsrMatrix* matrix, CsrInput(ctx, 0));
  SMCLI_ASSIGN_OR_RETURN(Tensor * out,
                         ctx.Allocate(0, DataType::kInt32, matrix->rank() == 3 ? Shape{matrix->batch()} : Shape{}));
  for (size_t b = 0; b < static_cast<size_t>(matrix->batch()); ++b) {
    out->mutable_data<int32_t>()[b] = static_cast<int32_t>(matrix->first[b + 1] - matrix->first[b]);
  }
  return {};
}

constexpr Op kOps[] = {
    {.name = "CSRSparseMatrixComponents", .types = {}, .make = MatrixOp::Make<Components>},
    {.name = "CSRSparseMatrixToDense", .types = {}, .make = MatrixOp::Make<ToDense>},
    {.name = "CSRSparseMatrixToSparseTensor", .types = {}, .make = MatrixOp::Make<ToSparse>},
    {.name = "DenseToCSRSparseMatrix", .types = {}, .make = MakeFunctionKernel<FromDense>},
    {.name = "SparseMatrixNNZ", .types = {}, .make = MakeFunctionKernel<CountEntries>},
    {.name = "SparseMatrixTranspose", .types = {}, .make = MatrixOp::Make<Transpose>},
    {.name = "SparseTensorToCSRSparseMatrix", .types = {}, .make = MakeFunctionKernel<FromSparse>},
};

}  // namespace

std::span<const Op> SparseMatrixConvertOps() { return kOps; }

}  // namespace smcli
