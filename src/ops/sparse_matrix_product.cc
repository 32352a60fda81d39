// SparseMatrixMatMul and SparseMatrixSparseMatMul: CSR matrices times dense ones and each other.
#include <algorithm>
#include <complex>

#include "ops/matrices.h"
#include "ops/move.h"
#include "ops/op.h"
#include "ops/sparse_matrix.h"

namespace smcli {
namespace {

// How an operand is to be read.
struct Side {
  bool transposes = false, conjugates = false;

  static Result<Side> Of(const NodeInfo& node, std::string_view name) {
    Side side;
    SMCLI_ASSIGN_OR_RETURN(side.transposes, node.attrs.Bool(fmt::format("transpose_{}", name)));
    SMCLI_ASSIGN_OR_RETURN(const bool adjoint, node.attrs.Bool(fmt::format("adjoint_{}", name)));
    if (side.transposes && adjoint)
      return InvalidModelError("Only one of adjoint_{0} and transpose_{0} may be true.", name);
    side.transposes = side.transposes || adjoint;
    side.conjugates = adjoint;
    return side;
  }
  // The matrix itself, or `own`, which then holds what it becomes.
  Result<const CsrMatrix*> Apply(const CsrMatrix* matrix, std::shared_ptr<CsrMatrix>& own) const {
    if (!transposes) return matrix;
    SMCLI_ASSIGN_OR_RETURN(own, Transposed(*matrix, conjugates));
    return own.get();
  }
};

template <typename T>
T Conjugated(T value, bool conjugate) {
  if constexpr (std::is_floating_point_v<T>) {
    return value;
  } else {
    return conjugate ? std::conj(value) : value;
  }
}

class TimesDense final : public Kernel {
 public:
  static Result<TimesDense> Make(const NodeInfo& node) {
    TimesDense kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.a_, Side::Of(node, "a"));
    SMCLI_ASSIGN_OR_RETURN(kernel.b_, Side::Of(node, "b"));
    SMCLI_ASSIGN_OR_RETURN(kernel.transposes_, node.attrs.Bool("transpose_output"));
    SMCLI_ASSIGN_OR_RETURN(kernel.conjugates_, node.attrs.Bool("conjugate_output"));
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    const Tensor& b = ctx.input(1);
    std::shared_ptr<CsrMatrix> own;
    SMCLI_ASSIGN_OR_RETURN(const CsrMatrix* a, CsrInput(ctx, 0, b.dtype()));
    SMCLI_ASSIGN_OR_RETURN(a, a_.Apply(a, own));
    if (b.rank() != a->rank() || (b.rank() == 3 && b.dim(0) != a->batch())) {
      return ModelError("Matrices of shape {} and {} cannot be multiplied", Shape(a->shape.span()).ToString(),
                        b.shape().ToString());
    }
    int64_t inner = b.dim(b.rank() - 2), n = b.dim(b.rank() - 1);
    if (b_.transposes) std::swap(inner, n);
    if (inner != a->width()) return ModelError("Inner dimensions do not match: {} and {}", a->width(), inner);
    IntList dims;
    if (a->rank() == 3) dims.push_back(a->batch());
    dims.push_back(transposes_ ? n : a->rows());
    dims.push_back(transposes_ ? a->rows() : n);
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, CheckedShape(dims));
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, b.dtype(), shape));
    FillZero(*out);
    DispatchMatrix(b.dtype(), [&](auto tag) { Multiply<typename decltype(tag)::type>(*a, b, inner, n, *out); });
    return {};
  }

 private:
  template <typename T>
  void Multiply(const CsrMatrix& a, const Tensor& b, int64_t inner, int64_t n, Tensor& out) const {
    const int64_t rows = a.rows();
    const int64_t b_row = b_.transposes ? 1 : n, b_column = b_.transposes ? inner : 1;
    const int64_t out_row = transposes_ ? 1 : n, out_column = transposes_ ? rows : 1;
    for (int64_t i = 0; i < a.batch(); ++i) {
      const T* right = b.data<T>() + i * inner * n;
      T* to = out.mutable_data<T>() + i * rows * n;
      a.ForEach(i, [&](int64_t row, int64_t e) {
        const T value = a.values.data<T>()[e];
        const T* from = right + a.columns[static_cast<size_t>(e)] * b_row;
        for (int64_t j = 0; j < n; ++j) {
          to[row * out_row + j * out_column] += value * Conjugated(from[j * b_column], b_.conjugates);
        }
      });
    }
    if (conjugates_) {
      for (T& value : out.mutable_flat<T>()) value = Conjugated(value, true);
    }
  }

  Side a_, b_;
  bool transposes_ = false, conjugates_ = false;
};

class TimesSparse final : public Kernel {
 public:
  static Result<TimesSparse> Make(const NodeInfo& node) {
    TimesSparse kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.a_, Side::Of(node, "a"));
    SMCLI_ASSIGN_OR_RETURN(kernel.b_, Side::Of(node, "b"));
    SMCLI_ASSIGN_OR_RETURN(kernel.dtype_, node.attrs.Type("type"));
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    std::shared_ptr<CsrMatrix> own_a, own_b;
    SMCLI_ASSIGN_OR_RETURN(const CsrMatrix* a, CsrInput(ctx, 0, dtype_));
    SMCLI_ASSIGN_OR_RETURN(a, a_.Apply(a, own_a));
    SMCLI_ASSIGN_OR_RETURN(const CsrMatrix* b, CsrInput(ctx, 1, dtype_));
    SMCLI_ASSIGN_OR_RETURN(b, b_.Apply(b, own_b));
    if (a->rank() != b->rank() || a->batch() != b->batch() || a->width() != b->rows()) {
      return ModelError("Matrices of shape {} and {} cannot be multiplied", Shape(a->shape.span()).ToString(),
                        Shape(b->shape.span()).ToString());
    }
    Result<std::shared_ptr<CsrMatrix>> product = std::shared_ptr<CsrMatrix>();
    DispatchMatrix(dtype_, [&](auto tag) { product = Multiply<typename decltype(tag)::type>(*a, *b); });
    if (!product.ok()) return std::move(product).error();
    ctx.set_output(0, Tensor::Of<Variant>(Shape{}, std::vector<Variant>{*std::move(product)}));
    return {};
  }

 private:
  // Row by row: sums by column, and which columns have one.
  template <typename T>
  static Result<std::shared_ptr<CsrMatrix>> Multiply(const CsrMatrix& a, const CsrMatrix& b) {
    IntList shape;
    if (a.rank() == 3) shape.push_back(a.batch());
    shape.push_back(a.rows());
    shape.push_back(b.width());
    SMCLI_RETURN_IF_ERROR(Tensor::Make(a.dtype(), Shape{b.width()}));
    std::vector<T> sums(static_cast<size_t>(b.width())), values;
    std::vector<int64_t> last_row(sums.size(), -1), coordinates;
    std::vector<int32_t> found;
    for (int64_t i = 0; i < a.batch(); ++i) {
      const int32_t* a_ends = a.row_ends.data() + i * (a.rows() + 1);
      const int32_t* b_ends = b.row_ends.data() + i * (b.rows() + 1);
      const int64_t a_first = a.first[static_cast<size_t>(i)], b_first = b.first[static_cast<size_t>(i)];
      for (int64_t row = 0; row < a.rows(); ++row) {
        found.clear();
        for (int64_t e = a_first + a_ends[row]; e < a_first + a_ends[row + 1]; ++e) {
          const int32_t k = a.columns[static_cast<size_t>(e)];
          for (int64_t f = b_first + b_ends[k]; f < b_first + b_ends[k + 1]; ++f) {
            const auto column = static_cast<size_t>(b.columns[static_cast<size_t>(f)]);
            if (last_row[column] != i * a.rows() + row) {
              last_row[column] = i * a.rows() + row;
              sums[column] = T(0);
              found.push_back(static_cast<int32_t>(column));
            }
            sums[column] += a.values.data<T>()[e] * b.values.data<T>()[f];
          }
        }
        std::ranges::sort(found);
        for (int32_t column : found) {
          if (a.rank() == 3) coordinates.push_back(i);
          coordinates.insert(coordinates.end(), {row, column});
          values.push_back(sums[static_cast<size_t>(column)]);
        }
      }
    }
    const auto count = static_cast<int64_t>(values.size());
    return CsrOf(Tensor::Of<int64_t>(Shape{count, a.rank()}, coordinates), Tensor::Vector<T>(values), shape);
  }

  Side a_, b_;
  DataType dtype_ = DataType::kInvalid;
};

constexpr Op kOps[] = {
    {.name = "SparseMatrixMatMul",
     .types = {{{"T", kMatrixTypes}}},
     .make = MakeKernel<TimesDense>,
     .tolerance = Tolerance::kRounding},
    {.name = "SparseMatrixSparseMatMul",
     .types = {},
     .make = MakeKernel<TimesSparse>,
     .tolerance = Tolerance::kRounding},
};

}  // namespace

std::span<const Op> SparseMatrixProductOps() { return kOps; }

}  // namespace smcli
