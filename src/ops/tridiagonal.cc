// Systems whose matrix has few diagonals: TridiagonalSolve, TridiagonalMatMul, BandedTriangularSolve (TensorFlow:
// kernels/linalg/tridiagonal_solve_op.cc and its neighbours).
#include <complex>
#include <limits>
#include <vector>

#include "loops/linear_algebra.h"
#include "ops/matrices.h"

namespace smcli {
namespace {

// One system of n equations with k right sides. The answer starts as a copy of the right sides.
template <typename T>
struct Tridiagonal {
  const T* above;  // [n], the last unused
  const T* main;
  const T* below;  // [n], the first unused
  int64_t n, k;
  T* x;  // [n][k]

  T* Row(int64_t i) const { return x + i * k; }
  // row i -= factor * row j
  void Subtract(int64_t i, T factor, int64_t j) const {
    for (int64_t c = 0; c < k; ++c) Row(i)[c] -= factor * Row(j)[c];
  }
  void Divide(int64_t i, T divisor) const {
    for (int64_t c = 0; c < k; ++c) Row(i)[c] /= divisor;
  }
};

// LAPACK's dgtsv: elimination with exchanges of neighbouring rows, so that a second diagonal above fills. False: a
// pivot is zero.
template <typename T>
bool SolveWithPivots(const Tridiagonal<T>& s) {
  const int64_t n = s.n;
  std::vector<std::array<T, 3>> u(static_cast<size_t>(n), {T(0), T(0), T(0)});  // the diagonal and the two above it
  const auto at = [&u](int64_t i) -> std::array<T, 3>& { return u[static_cast<size_t>(i)]; };
  at(0) = {s.main[0], n > 1 ? s.above[0] : T(0), T(0)};
  for (int64_t i = 0; i + 1 < n; ++i) {
    const T above = i + 2 < n ? s.above[i + 1] : T(0);
    if (std::abs(at(i)[0]) >= std::abs(s.below[i + 1])) {
      if (at(i)[0] == T(0)) return false;
      const T factor = s.below[i + 1] / at(i)[0];
      at(i + 1) = {s.main[i + 1] - factor * at(i)[1], above, T(0)};
      s.Subtract(i + 1, factor, i);
    } else {
      const T factor = at(i)[0] / s.below[i + 1];
      at(i + 1) = {at(i)[1] - factor * s.main[i + 1], -factor * above, T(0)};
      at(i) = {s.below[i + 1], s.main[i + 1], above};
      std::swap_ranges(s.Row(i), s.Row(i) + s.k, s.Row(i + 1));
      s.Subtract(i + 1, factor, i);
    }
  }
  if (at(n - 1)[0] == T(0)) return false;
  for (int64_t i = n - 1; i >= 0; --i) {
    if (i + 1 < n) s.Subtract(i, at(i)[1], i + 1);
    if (i + 2 < n) s.Subtract(i, at(i)[2], i + 2);
    s.Divide(i, at(i)[0]);
  }
  return true;
}

// Thomas's algorithm: elimination without exchanges. False: a pivot is zero.
template <typename T>
bool SolveWithoutPivots(const Tridiagonal<T>& s) {
  const int64_t n = s.n;
  std::vector<T> ratio(static_cast<size_t>(n));  // the diagonal above, its rows divided by their pivots
  T pivot = s.main[0];
  for (int64_t i = 0; i < n; ++i) {
    if (i > 0) {
      pivot = s.main[i] - s.below[i] * ratio[static_cast<size_t>(i - 1)];
      s.Subtract(i, s.below[i], i - 1);
    }
    if (pivot == T(0)) return false;
    ratio[static_cast<size_t>(i)] = i + 1 < n ? s.above[i] / pivot : T(0);
    s.Divide(i, pivot);
  }
  for (int64_t i = n - 2; i >= 0; --i) s.Subtract(i, ratio[static_cast<size_t>(i)], i + 1);
  return true;
}

class TridiagonalSolve final : public Kernel {
 public:
  static Result<TridiagonalSolve> Make(const NodeInfo& node) {
    TridiagonalSolve kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.pivots_, node.attrs.Bool("partial_pivoting"));
    if (node.attrs.Bool("perturb_singular", false)) {
      return UnsupportedError("TridiagonalSolve with perturb_singular is not implemented");
    }
    return kernel;
  }
  // A singular matrix gives NaN.
  Status Compute(KernelContext& ctx) const override {
    const Tensor& diagonals = ctx.input(0);
    const Tensor& rhs = ctx.input(1);
    SMCLI_ASSIGN_OR_RETURN(const Matrices d, Matrices::Of(diagonals, "diagonals"));
    SMCLI_ASSIGN_OR_RETURN(const Matrices m, Matrices::Of(rhs, "rhs"));
    if (!std::ranges::equal(d.outer.span(), m.outer.span())) {
      return ModelError("All input tensors must have the same outer dimensions.");
    }
    if (d.rows != 3) {
      return ModelError("Expected diagonals to be provided as a matrix with 3 rows, got {} rows.", d.rows);
    }
    if (d.columns != m.rows) {
      return ModelError("Expected the same number of left-hand sides and right-hand sides, got {} and {}.", d.columns,
                        m.rows);
    }
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, rhs.dtype(), rhs.shape()));
    if (m.rows == 0) return {};
    DispatchMatrix(rhs.dtype(), [&](auto tag) {
      using T = typename decltype(tag)::type;
      T* to = out->mutable_data<T>();
      std::copy_n(rhs.data<T>(), rhs.num_elements(), to);
      ForEachMatrix(ctx.pool(), m.count, 4.0 * static_cast<double>(m.size()), [&](int64_t i) {
        const T* from = diagonals.data<T>() + i * d.size();
        const Tridiagonal<T> system{from, from + m.rows, from + 2 * m.rows, m.rows, m.columns, to + i * m.size()};
        if (pivots_ ? SolveWithPivots(system) : SolveWithoutPivots(system)) return true;
        using Real = typename linear::RealOf<T>::type;
        std::fill_n(system.x, m.size(), T(std::numeric_limits<Real>::quiet_NaN()));
        return true;
      });
    });
    return {};
  }

 private:
  bool pivots_ = true;
};

// The three diagonals are [..., 1, n]: above (the last unused), main, below (the first unused).
Status ComputeTridiagonalMatMul(KernelContext& ctx) {
  const Tensor& rhs = ctx.input(3);
  SMCLI_ASSIGN_OR_RETURN(const Matrices m, Matrices::Of(rhs, "rhs"));
  constexpr std::string_view kNames[] = {"superdiag", "maindiag", "subdiag"};
  for (int i = 0; i < 3; ++i) {
    const auto& name = kNames[i];
    SMCLI_ASSIGN_OR_RETURN(const Matrices d, Matrices::Of(ctx.input(i), name));
    if (d.rows != 1 || d.columns != m.rows || !std::ranges::equal(d.outer.span(), m.outer.span())) {
      return ModelError("{} must have the shape [..., 1, {}] of rhs, got {}", name, m.rows,
                        ctx.input(i).shape().ToString());
    }
  }
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, rhs.dtype(), rhs.shape()));
  DispatchMatrix(rhs.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    T* to = out->mutable_data<T>();
    ForEachMatrix(ctx.pool(), m.count, 3.0 * static_cast<double>(m.size()), [&](int64_t i) {
      const T* above = ctx.input(0).data<T>() + i * m.rows;
      const T* main = ctx.input(1).data<T>() + i * m.rows;
      const T* below = ctx.input(2).data<T>() + i * m.rows;
      const T* x = rhs.data<T>() + i * m.size();
      for (int64_t at = 0; at < m.size(); ++at) {
        const int64_t row = at / m.columns;
        T sum = main[row] * x[at];
        if (row > 0) sum += below[row] * x[at - m.columns];
        if (row + 1 < m.rows) sum += above[row] * x[at + m.columns];
        to[i * m.size() + at] = sum;
      }
      return true;
    });
  });
  return {};
}

// The matrix [..., bands, n] holds the diagonals of a triangle, the main one first (lower) or last (upper); column j of
// each belongs to row j of the system.
template <typename T>
struct Banded {
  const T* bands;
  int64_t count, n;
  bool lower, adjoint;

  // Element (i, j) of the triangle that is solved; |i - j| < count.
  T At(int64_t i, int64_t j) const {
    if (adjoint) std::swap(i, j);
    const int64_t distance = lower ? i - j : j - i;
    const T value = bands[(lower ? distance : count - 1 - distance) * n + i];
    if constexpr (std::is_floating_point_v<T>) {
      return value;
    } else {
      return adjoint ? std::conj(value) : value;
    }
  }
  void Solve(T* x, int64_t k) const {
    const bool downward = lower != adjoint;
    for (int64_t step = 0; step < n; ++step) {
      const int64_t i = downward ? step : n - 1 - step;
      for (int64_t d = 1; d < std::min(count, step + 1); ++d) {
        const int64_t j = downward ? i - d : i + d;
        const T factor = At(i, j);
        for (int64_t c = 0; c < k; ++c) x[i * k + c] -= factor * x[j * k + c];
      }
      const T pivot = At(i, i);
      for (int64_t c = 0; c < k; ++c) x[i * k + c] /= pivot;
    }
  }
};

class BandedTriangularSolve final : public Kernel {
 public:
  static Result<BandedTriangularSolve> Make(const NodeInfo& node) {
    BandedTriangularSolve kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.lower_, node.attrs.Bool("lower"));
    SMCLI_ASSIGN_OR_RETURN(kernel.adjoint_, node.attrs.Bool("adjoint"));
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const Tensor& bands = ctx.input(0);
    const Tensor& rhs = ctx.input(1);
    SMCLI_ASSIGN_OR_RETURN(const Matrices b, Matrices::Of(bands, "matrix"));
    SMCLI_ASSIGN_OR_RETURN(const Matrices m, Matrices::Of(rhs, "rhs"));
    if (b.rows < 1) return ModelError("matrix must have at least one band");
    if (b.columns != m.rows || !std::ranges::equal(b.outer.span(), m.outer.span())) {
      return ModelError("In[0] mismatch In[1] shape: {} vs. {}", bands.shape().ToString(), rhs.shape().ToString());
    }
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, rhs.dtype(), rhs.shape()));
    DispatchMatrix(rhs.dtype(), [&](auto tag) {
      using T = typename decltype(tag)::type;
      T* to = out->mutable_data<T>();
      std::copy_n(rhs.data<T>(), rhs.num_elements(), to);
      const double cost = static_cast<double>(m.size()) * static_cast<double>(b.rows);
      ForEachMatrix(ctx.pool(), m.count, cost, [&](int64_t i) {
        const Banded<T> banded{bands.data<T>() + i * b.size(), b.rows, m.rows, lower_, adjoint_};
        banded.Solve(to + i * m.size(), m.columns);
        return true;
      });
    });
    return {};
  }

 private:
  bool lower_ = true, adjoint_ = false;
};

constexpr Op kOps[] = {
    {.name = "BandedTriangularSolve",
     .types = {{{"T", kMatrixTypes}}},
     .make = MakeKernel<BandedTriangularSolve>,
     .tolerance = Tolerance::kRounding},
    {.name = "TridiagonalMatMul",
     .types = {{{"T", kMatrixTypes}}},
     .make = MakeFunctionKernel<ComputeTridiagonalMatMul>,
     .tolerance = Tolerance::kRounding},
    {.name = "TridiagonalSolve",
     .types = {{{"T", kMatrixTypes}}},
     .make = MakeKernel<TridiagonalSolve>,
     .tolerance = Tolerance::kRounding},
};

}  // namespace

std::span<const Op> TridiagonalOps() { return kOps; }

}  // namespace smcli
