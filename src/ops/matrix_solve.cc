// Inverses, determinants and solutions of linear systems (TensorFlow: kernels/linalg).
#include "loops/linear_algebra.h"
#include "ops/broadcast.h"
#include "ops/expect.h"
#include "ops/matrices.h"
#include "ops/through_float.h"

namespace smcli {
namespace {

class MatrixInverse final : public Kernel {
 public:
  static Result<MatrixInverse> Make(const NodeInfo& node) {
    MatrixInverse kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.adjoint_, node.attrs.Bool("adjoint"));
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const Tensor& a = ctx.input(0);
    SMCLI_ASSIGN_OR_RETURN(const Matrices m, Matrices::SquareOf(a));
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, a.dtype(), a.shape()));
    bool good = true;
    DispatchMatrix(a.dtype(), [&](auto tag) {
      using T = typename decltype(tag)::type;
      T* to = out->mutable_data<T>();
      good = ForEachMatrix(ctx.pool(), m.count, CubicCost(m), [&](int64_t i) {
        return linear::Invert(a.data<T>() + i * m.size(), m.rows, adjoint_, to + i * m.size());
      });
    });
    return good ? Status() : ModelError("Input is not invertible.");
  }

 private:
  bool adjoint_ = false;
};

Status ComputeDeterminant(KernelContext& ctx) {
  const Tensor& a = ctx.input(0);
  SMCLI_ASSIGN_OR_RETURN(const Matrices m, Matrices::SquareOf(a));
  SMCLI_ASSIGN_OR_RETURN(const Shape shape, m.Times({}));
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, a.dtype(), shape));
  DispatchMatrix(a.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    T* to = out->mutable_data<T>();
    ForEachMatrix(ctx.pool(), m.count, CubicCost(m), [&](int64_t i) {
      to[i] = linear::Determinant(a.data<T>() + i * m.size(), m.rows);
      return true;
    });
  });
  return {};
}

Status ComputeLogDeterminant(KernelContext& ctx) {
  const Tensor& a = ctx.input(0);
  SMCLI_ASSIGN_OR_RETURN(const Matrices m, Matrices::SquareOf(a));
  SMCLI_ASSIGN_OR_RETURN(const Shape shape, m.Times({}));
  SMCLI_ASSIGN_OR_RETURN(Tensor * sign, ctx.Allocate(0, a.dtype(), shape));
  SMCLI_ASSIGN_OR_RETURN(Tensor * log, ctx.Allocate(1, a.dtype(), shape));
  DispatchMatrix(a.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    T* signs = sign->mutable_data<T>();
    T* logs = log->mutable_data<T>();
    ForEachMatrix(ctx.pool(), m.count, CubicCost(m), [&](int64_t i) {
      linear::LogDeterminant(a.data<T>() + i * m.size(), m.rows, signs + i, logs + i);
      return true;
    });
  });
  return {};
}

// A matrix and as many rows of right sides; the other dimensions are equal.
Result<Matrices> RightSides(const Tensor& matrix, const Tensor& rhs) {
  SMCLI_ASSIGN_OR_RETURN(const Matrices a, Matrices::Of(matrix, "matrix"));
  SMCLI_ASSIGN_OR_RETURN(const Matrices b, Matrices::Of(rhs, "rhs"));
  if (!std::ranges::equal(a.outer.span(), b.outer.span())) {
    return ModelError("All input tensors must have the same outer dimensions: {} vs. {}", matrix.shape().ToString(),
                      rhs.shape().ToString());
  }
  if (a.rows != b.rows) return ModelError("Input matrix and rhs are incompatible: {} vs. {} rows", a.rows, b.rows);
  return b;
}

class MatrixSolve final : public Kernel {
 public:
  static Result<MatrixSolve> Make(const NodeInfo& node) {
    MatrixSolve kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.adjoint_, node.attrs.Bool("adjoint"));
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const Tensor& a = ctx.input(0);
    const Tensor& b = ctx.input(1);
    SMCLI_ASSIGN_OR_RETURN(const Matrices m, Matrices::SquareOf(a));
    SMCLI_ASSIGN_OR_RETURN(const Matrices rhs, RightSides(a, b));
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, a.dtype(), b.shape()));
    bool good = true;
    DispatchMatrix(a.dtype(), [&](auto tag) {
      using T = typename decltype(tag)::type;
      T* to = out->mutable_data<T>();
      good = ForEachMatrix(ctx.pool(), m.count, CubicCost(m), [&](int64_t i) {
        return linear::Solve(a.data<T>() + i * m.size(), m.rows, adjoint_, b.data<T>() + i * rhs.size(), rhs.columns,
                             to + i * rhs.size());
      });
    });
    return good ? Status() : ModelError("Input matrix is not invertible.");
  }

 private:
  bool adjoint_ = false;
};

// The other dimensions broadcast.
class MatrixTriangularSolve final : public Kernel {
 public:
  static Result<MatrixTriangularSolve> Make(const NodeInfo& node) {
    MatrixTriangularSolve kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.lower_, node.attrs.Bool("lower"));
    SMCLI_ASSIGN_OR_RETURN(kernel.adjoint_, node.attrs.Bool("adjoint"));
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const Tensor& a = ctx.input(0);
    const Tensor& b = ctx.input(1);
    SMCLI_ASSIGN_OR_RETURN(const Matrices m, Matrices::SquareOf(a, "matrix"));
    SMCLI_ASSIGN_OR_RETURN(Matrices rhs, Matrices::Of(b, "rhs"));
    if (m.rows != rhs.rows) {
      return ModelError("In[0] mismatch In[1] shape: {} vs. {}", a.shape().ToString(), b.shape().ToString());
    }
    SMCLI_ASSIGN_OR_RETURN(const Shape a_outer, m.Times({}));
    SMCLI_ASSIGN_OR_RETURN(const Shape b_outer, rhs.Times({}));
    SMCLI_ASSIGN_OR_RETURN(const Shape outer, BroadcastShape(a_outer, b_outer));
    const BroadcastWalk a_walk(a_outer, outer), b_walk(b_outer, outer);
    rhs.outer = IntList(outer.dims());
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, rhs.Times({rhs.rows, rhs.columns}));
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, a.dtype(), shape));
    DispatchMatrix(a.dtype(), [&](auto tag) {
      using T = typename decltype(tag)::type;
      T* to = out->mutable_data<T>();
      ForEachMatrix(ctx.pool(), outer.num_elements(), CubicCost(rhs), [&](int64_t i) {
        const int64_t left = a_walk.whole() ? i : a_walk.Seek(i).offset;
        const int64_t right = b_walk.whole() ? i : b_walk.Seek(i).offset;
        linear::SolveTriangular(a.data<T>() + left * m.size(), m.rows, lower_, adjoint_,
                                b.data<T>() + right * rhs.size(), rhs.columns, to + i * rhs.size());
        return true;
      });
    });
    return {};
  }

 private:
  bool lower_ = true, adjoint_ = false;
};

class MatrixSolveLs final : public Kernel {
 public:
  static Result<MatrixSolveLs> Make(const NodeInfo& node) {
    MatrixSolveLs kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.fast_, node.attrs.Bool("fast"));
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const Tensor& a = ctx.input(0);
    const Tensor& b = ctx.input(1);
    SMCLI_ASSIGN_OR_RETURN(const Matrices m, Matrices::Of(a));
    SMCLI_ASSIGN_OR_RETURN(const Matrices rhs, RightSides(a, b));
    SMCLI_ASSIGN_OR_RETURN(const double regularizer, ScalarOf<double>(ctx.input(2), "l2_regularizer"));
    if (!(regularizer >= 0)) return ModelError("l2_regularizer must be >= 0.");
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, m.Times({m.columns, rhs.columns}));
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, a.dtype(), shape));
    bool good = true;
    DispatchMatrix(a.dtype(), [&](auto tag) {
      using T = typename decltype(tag)::type;
      T* to = out->mutable_data<T>();
      good = ForEachMatrix(ctx.pool(), m.count, CubicCost(m), [&](int64_t i) {
        return linear::SolveLeastSquares(a.data<T>() + i * m.size(), m.rows, m.columns, b.data<T>() + i * rhs.size(),
                                         rhs.columns, regularizer, fast_, to + i * m.columns * rhs.columns);
      });
    });
    if (good) return {};
    return ModelError(
        "Input matrix was rank deficient or ill-conditioned. Try setting fast=False or provide a larger "
        "l2_regularizer > 0.");
  }

 private:
  bool fast_ = true;
};

#define SMCLI_MATRIX_OP(op, set, factory) \
  { .name = op, .types = {{{"T", set}}}, .make = factory, .tolerance = Tolerance::kRounding }
constexpr DataTypeSet kReal = DataType::kFloat | DataType::kDouble;

constexpr Op kOps[] = {
    SMCLI_MATRIX_OP("BatchMatrixDeterminant", kMatrixTypes, MakeFunctionKernel<ComputeDeterminant>),
    SMCLI_MATRIX_OP("BatchMatrixInverse", kMatrixTypes | DataType::kHalf, ThroughFloat<MakeKernel<MatrixInverse>>),
    SMCLI_MATRIX_OP("BatchMatrixSolve", kMatrixTypes, MakeKernel<MatrixSolve>),
    SMCLI_MATRIX_OP("BatchMatrixSolveLs", kReal, MakeKernel<MatrixSolveLs>),
    SMCLI_MATRIX_OP("BatchMatrixTriangularSolve", kMatrixTypes, MakeKernel<MatrixTriangularSolve>),
    SMCLI_MATRIX_OP("LogMatrixDeterminant", kMatrixTypes, MakeFunctionKernel<ComputeLogDeterminant>),
    SMCLI_MATRIX_OP("MatrixDeterminant", kMatrixTypes, MakeFunctionKernel<ComputeDeterminant>),
    SMCLI_MATRIX_OP("MatrixInverse", kMatrixTypes | DataType::kHalf, ThroughFloat<MakeKernel<MatrixInverse>>),
    SMCLI_MATRIX_OP("MatrixSolve", kMatrixTypes, MakeKernel<MatrixSolve>),
    SMCLI_MATRIX_OP("MatrixSolveLs", kMatrixTypes, MakeKernel<MatrixSolveLs>),
    SMCLI_MATRIX_OP("MatrixTriangularSolve", kMatrixTypes, MakeKernel<MatrixTriangularSolve>),
};
#undef SMCLI_MATRIX_OP

}  // namespace

std::span<const Op> MatrixSolveOps() { return kOps; }

}  // namespace smcli
