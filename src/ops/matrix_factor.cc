// Factorisations of matrices: Cholesky, CholeskyGrad, Lu, Qr (TensorFlow: kernels/linalg).
#include "loops/linear_algebra.h"
#include "ops/expect.h"
#include "ops/matrices.h"
#include "ops/through_float.h"

namespace smcli {
namespace {

// A matrix that is not positive definite gives NaN in the lower triangle, as in TensorFlow.
Status ComputeCholesky(KernelContext& ctx) {
  const Tensor& a = ctx.input(0);
  SMCLI_ASSIGN_OR_RETURN(const Matrices m, Matrices::SquareOf(a));
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, a.dtype(), a.shape()));
  DispatchMatrix(a.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    T* to = out->mutable_data<T>();
    ForEachMatrix(ctx.pool(), m.count, CubicCost(m), [&](int64_t i) {
      T* l = to + i * m.size();
      using Real = typename linear::RealOf<T>::type;
      if (!linear::Cholesky(a.data<T>() + i * m.size(), m.rows, l)) {
        for (int64_t k = 0; k < m.size(); ++k) {
          l[k] = k % m.rows > k / m.rows ? T(0) : T(std::numeric_limits<Real>::quiet_NaN());
        }
      }
      return true;
    });
  });
  return {};
}

Status ComputeCholeskyGrad(KernelContext& ctx) {
  const Tensor& l = ctx.input(0);
  const Tensor& gradient = ctx.input(1);
  SMCLI_ASSIGN_OR_RETURN(const Matrices m, Matrices::SquareOf(l));
  SMCLI_RETURN_IF_ERROR(ExpectSameShape(l, "l", gradient, "grad"));
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, l.dtype(), l.shape()));
  const auto run = [&]<typename T>(TypeTag<T>) {
    T* to = out->mutable_data<T>();
    ForEachMatrix(ctx.pool(), m.count, CubicCost(m), [&](int64_t i) {
      const int64_t at = i * m.size();
      linear::CholeskyGradient(l.data<T>() + at, gradient.data<T>() + at, m.rows, to + at);
      return true;
    });
  };
  l.dtype() == DataType::kFloat ? run(TypeTag<float>{}) : run(TypeTag<double>{});
  return {};
}

class Lu final : public Kernel {
 public:
  static Result<Lu> Make(const NodeInfo& node) {
    Lu kernel;
    kernel.index_ = node.output_types[1];
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const Tensor& a = ctx.input(0);
    SMCLI_ASSIGN_OR_RETURN(const Matrices m, Matrices::SquareOf(a));
    SMCLI_ASSIGN_OR_RETURN(const Shape rows_shape, m.Times({m.rows}));
    SMCLI_ASSIGN_OR_RETURN(Tensor * lu, ctx.Allocate(0, a.dtype(), a.shape()));
    SMCLI_ASSIGN_OR_RETURN(Tensor rows, Tensor::Make(DataType::kInt64, rows_shape));
    int64_t* order = rows.mutable_data<int64_t>();
    bool good = true;
    DispatchMatrix(a.dtype(), [&](auto tag) {
      using T = typename decltype(tag)::type;
      T* to = lu->mutable_data<T>();
      good = ForEachMatrix(ctx.pool(), m.count, CubicCost(m), [&](int64_t i) {
        const int64_t at = i * m.size();
        return linear::Lu(a.data<T>() + at, m.rows, to + at, order + i * m.rows);
      });
    });
    if (!good) return ModelError("Input is not invertible.");
    SMCLI_ASSIGN_OR_RETURN(const Tensor vector, IntVector(index_, rows.flat<int64_t>()));
    ctx.set_output(1, vector.Reshaped(rows_shape));
    return {};
  }

 private:
  DataType index_ = DataType::kInt32;
};

class Qr final : public Kernel {
 public:
  static Result<Qr> Make(const NodeInfo& node) {
    Qr kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.full_, node.attrs.Bool("full_matrices"));
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const Tensor& a = ctx.input(0);
    SMCLI_ASSIGN_OR_RETURN(const Matrices m, Matrices::Of(a));
    const int64_t p = full_ ? m.rows : std::min(m.rows, m.columns);
    SMCLI_ASSIGN_OR_RETURN(const Shape q_shape, m.Times({m.rows, p}));
    SMCLI_ASSIGN_OR_RETURN(const Shape r_shape, m.Times({p, m.columns}));
    SMCLI_ASSIGN_OR_RETURN(Tensor * q, ctx.Allocate(0, a.dtype(), q_shape));
    SMCLI_ASSIGN_OR_RETURN(Tensor * r, ctx.Allocate(1, a.dtype(), r_shape));
    DispatchMatrix(a.dtype(), [&](auto tag) {
      using T = typename decltype(tag)::type;
      T* q_data = q->mutable_data<T>();
      T* r_data = r->mutable_data<T>();
      ForEachMatrix(ctx.pool(), m.count, CubicCost(m), [&](int64_t i) {
        linear::Qr(a.data<T>() + i * m.size(), m.rows, m.columns, full_, q_data + i * m.rows * p,
                   r_data + i * p * m.columns);
        return true;
      });
    });
    return {};
  }

 private:
  bool full_ = false;
};

constexpr DataTypeSet kReal = DataType::kFloat | DataType::kDouble;

constexpr Op kOps[] = {
    {.name = "BatchCholesky",
     .types = {{{"T", kReal}}},
     .make = MakeFunctionKernel<ComputeCholesky>,
     .tolerance = Tolerance::kRounding},
    {.name = "BatchCholeskyGrad",
     .types = {{{"T", kReal}}},
     .make = MakeFunctionKernel<ComputeCholeskyGrad>,
     .tolerance = Tolerance::kRounding},
    {.name = "Cholesky",
     .types = {{{"T", kMatrixTypes}}},
     .make = MakeFunctionKernel<ComputeCholesky>,
     .tolerance = Tolerance::kRounding},
    {.name = "CholeskyGrad",
     .types = {{{"T", kReal}}},
     .make = MakeFunctionKernel<ComputeCholeskyGrad>,
     .tolerance = Tolerance::kRounding},
    {.name = "Lu", .types = {{{"T", kMatrixTypes}}}, .make = MakeKernel<Lu>, .tolerance = Tolerance::kRounding},
    {.name = "Qr",
     .types = {{{"T", kMatrixTypes | DataType::kHalf}}},
     .make = ThroughFloat<MakeKernel<Qr>>,
     .tolerance = Tolerance::kRounding},
};

}  // namespace

std::span<const Op> MatrixFactorOps() { return kOps; }

}  // namespace smcli
