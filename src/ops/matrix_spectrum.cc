// Singular values, eigenvalues, square roots and logarithms of matrices (TensorFlow: kernels/linalg).
#include "loops/linear_algebra.h"
#include "ops/matrices.h"

namespace smcli {
namespace {

// What has no value is an empty tensor where vectors are not wanted.
class Svd final : public Kernel {
 public:
  static Result<Svd> Make(const NodeInfo& node) {
    Svd kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.vectors_, node.attrs.Bool("compute_uv"));
    SMCLI_ASSIGN_OR_RETURN(kernel.full_, node.attrs.Bool("full_matrices"));
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const Tensor& a = ctx.input(0);
    SMCLI_ASSIGN_OR_RETURN(const Matrices m, Matrices::Of(a));
    const int64_t p = std::min(m.rows, m.columns);
    const int64_t columns_u = full_ ? m.rows : p, columns_v = full_ ? m.columns : p;
    SMCLI_ASSIGN_OR_RETURN(const Shape s_shape, m.Times({p}));
    SMCLI_ASSIGN_OR_RETURN(const Shape u_shape, m.Times({m.rows, columns_u}));
    SMCLI_ASSIGN_OR_RETURN(const Shape v_shape, m.Times({m.columns, columns_v}));
    SMCLI_ASSIGN_OR_RETURN(Tensor * s, ctx.Allocate(0, a.dtype(), s_shape));
    SMCLI_ASSIGN_OR_RETURN(Tensor * u, ctx.Allocate(1, a.dtype(), vectors_ ? u_shape : Shape{0}));
    SMCLI_ASSIGN_OR_RETURN(Tensor * v, ctx.Allocate(2, a.dtype(), vectors_ ? v_shape : Shape{0}));
    DispatchMatrix(a.dtype(), [&](auto tag) {
      using T = typename decltype(tag)::type;
      T* values = s->mutable_data<T>();
      T* left = vectors_ ? u->mutable_data<T>() : nullptr;
      T* right = vectors_ ? v->mutable_data<T>() : nullptr;
      ForEachMatrix(ctx.pool(), m.count, 10 * CubicCost(m), [&](int64_t i) {
        linear::Svd(a.data<T>() + i * m.size(), m.rows, m.columns, full_, values + i * p,
                    vectors_ ? left + i * m.rows * columns_u : nullptr,
                    vectors_ ? right + i * m.columns * columns_v : nullptr);
        return true;
      });
    });
    return {};
  }

 private:
  bool vectors_ = true, full_ = false;
};

// SelfAdjointEigV2, and Eig, whose answers are complex.
class Eigenvalues final : public Kernel {
 public:
  static Result<Eigenvalues> Make(const NodeInfo& node) {
    Eigenvalues kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.vectors_, node.attrs.Bool("compute_v"));
    kernel.general_ = node.op == "Eig";
    kernel.result_ = node.output_types[0];
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const Tensor& a = ctx.input(0);
    SMCLI_ASSIGN_OR_RETURN(const Matrices m, Matrices::SquareOf(a));
    SMCLI_ASSIGN_OR_RETURN(const Shape e_shape, m.Times({m.rows}));
    SMCLI_ASSIGN_OR_RETURN(Tensor * e, ctx.Allocate(0, result_, e_shape));
    SMCLI_ASSIGN_OR_RETURN(Tensor * v, ctx.Allocate(1, result_, vectors_ ? a.shape() : Shape{0}));
    bool good = true;
    DispatchMatrix(a.dtype(), [&](auto tag) {
      using T = typename decltype(tag)::type;
      if (general_) {
        good = Run<T, linear::ComplexOf<T>>(ctx.pool(), m, a, *e, *v, linear::Spectrum<T>);
      } else {
        good = Run<T, T>(ctx.pool(), m, a, *e, *v, linear::SelfAdjointEigen<T>);
      }
    });
    if (good) return {};
    return ModelError("{} decomposition was not successful. The input might not be valid.",
                      general_ ? "Eigen" : "Self-adjoint eigen");
  }

 private:
  template <typename T, typename R>
  bool Run(ThreadPool& pool, const Matrices& m, const Tensor& a, Tensor& e, Tensor& v,
           bool (*decompose)(const T*, int64_t, R*, R*)) const {
    R* values = e.mutable_data<R>();
    R* vectors = vectors_ ? v.mutable_data<R>() : nullptr;
    return ForEachMatrix(pool, m.count, 10 * CubicCost(m), [&](int64_t i) {
      return decompose(a.data<T>() + i * m.size(), m.rows, values + i * m.rows,
                       vectors_ ? vectors + i * m.size() : nullptr);
    });
  }

  bool vectors_ = true, general_ = false;
  DataType result_ = DataType::kInvalid;
};

// The first form of SelfAdjointEig: the values as the first row, the vectors below.
Status ComputeSelfAdjointEig(KernelContext& ctx) {
  const Tensor& a = ctx.input(0);
  SMCLI_ASSIGN_OR_RETURN(const Matrices m, Matrices::SquareOf(a));
  SMCLI_ASSIGN_OR_RETURN(const Shape shape, m.Times({m.rows + 1, m.rows}));
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, a.dtype(), shape));
  bool good = true;
  DispatchMatrix(a.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    T* to = out->mutable_data<T>();
    good = ForEachMatrix(ctx.pool(), m.count, 10 * CubicCost(m), [&](int64_t i) {
      T* rows = to + i * (m.size() + m.rows);
      return linear::SelfAdjointEigen(a.data<T>() + i * m.size(), m.rows, rows, rows + m.rows);
    });
  });
  if (good) return {};
  return ModelError("Self-adjoint eigen decomposition was not successful. The input might not be valid.");
}

template <typename T>
using MatrixFunction = void (*)(const T*, int64_t, T*);

template <typename T>
void ComputeFunction(KernelContext& ctx, const Matrices& m, const Tensor& a, Tensor& out, MatrixFunction<T> function) {
  T* to = out.mutable_data<T>();
  ForEachMatrix(ctx.pool(), m.count, 20 * CubicCost(m), [&](int64_t i) {
    function(a.data<T>() + i * m.size(), m.rows, to + i * m.size());
    return true;
  });
}

template <bool kExponential>
Status ComputeRootOrExponential(KernelContext& ctx) {
  const Tensor& a = ctx.input(0);
  SMCLI_ASSIGN_OR_RETURN(const Matrices m, Matrices::SquareOf(a));
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, a.dtype(), a.shape()));
  DispatchMatrix(a.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    ComputeFunction<T>(ctx, m, a, *out, kExponential ? linear::Exponential<T> : linear::SquareRoot<T>);
  });
  return {};
}

Status ComputeLogarithm(KernelContext& ctx) {
  const Tensor& a = ctx.input(0);
  SMCLI_ASSIGN_OR_RETURN(const Matrices m, Matrices::SquareOf(a));
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, a.dtype(), a.shape()));
  DispatchComplexes(a.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    ComputeFunction<T>(ctx, m, a, *out, linear::Logarithm<T>);
  });
  return {};
}

#define SMCLI_MATRIX_OP(op, set, factory) \
  { .name = op, .types = {{{"T", set}}}, .make = factory, .tolerance = Tolerance::kRounding }
constexpr DataTypeSet kReal = DataType::kFloat | DataType::kDouble;

constexpr Op kOps[] = {
    SMCLI_MATRIX_OP("BatchSelfAdjointEig", kReal, MakeFunctionKernel<ComputeSelfAdjointEig>),
    SMCLI_MATRIX_OP("BatchSelfAdjointEigV2", kReal, MakeKernel<Eigenvalues>),
    SMCLI_MATRIX_OP("BatchSvd", kMatrixTypes, MakeKernel<Svd>),
    SMCLI_MATRIX_OP("Eig", kMatrixTypes, MakeKernel<Eigenvalues>),
    SMCLI_MATRIX_OP("MatrixExponential", kMatrixTypes, MakeFunctionKernel<ComputeRootOrExponential<true>>),
    SMCLI_MATRIX_OP("MatrixLogarithm", kComplexes, MakeFunctionKernel<ComputeLogarithm>),
    SMCLI_MATRIX_OP("MatrixSquareRoot", kMatrixTypes, MakeFunctionKernel<ComputeRootOrExponential<false>>),
    SMCLI_MATRIX_OP("SelfAdjointEig", kReal, MakeFunctionKernel<ComputeSelfAdjointEig>),
    SMCLI_MATRIX_OP("SelfAdjointEigV2", kMatrixTypes, MakeKernel<Eigenvalues>),
    SMCLI_MATRIX_OP("Svd", kMatrixTypes, MakeKernel<Svd>),
};
#undef SMCLI_MATRIX_OP

}  // namespace

std::span<const Op> MatrixSpectrumOps() { return kOps; }

}  // namespace smcli
