// SparseTensorDenseMatMul, and SparseMatMul, which multiplies dense matrices that happen to hold many zeros.
#include <complex>

#include "ops/arithmetic.h"
#include "ops/int_args.h"
#include "ops/move.h"
#include "ops/op.h"

namespace smcli {
namespace {

template <typename T>
T Conjugate(const T& value, bool conjugate) {
  if constexpr (std::is_same_v<T, std::complex<float>> || std::is_same_v<T, std::complex<double>>) {
    return conjugate ? std::conj(value) : value;
  } else {
    return value;
  }
}

// What sums are kept in: half and bfloat16 round once, at the end.
template <typename T>
using Sum = std::conditional_t<kIsFloat16<T>, float, T>;

// A matrix read as it stands or as its (conjugate) transpose.
struct Factor {
  const Tensor& matrix;
  bool adjoint;
  int64_t rows() const { return matrix.dim(adjoint ? 1 : 0); }
  int64_t columns() const { return matrix.dim(adjoint ? 0 : 1); }
};

// (a_indices, a_values, a_shape, b).
class SparseTensorDenseMatMul final : public Kernel {
 public:
  static Result<SparseTensorDenseMatMul> Make(const NodeInfo& node) {
    SparseTensorDenseMatMul kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.adjoint_a_, node.attrs.Bool("adjoint_a"));
    SMCLI_ASSIGN_OR_RETURN(kernel.adjoint_b_, node.attrs.Bool("adjoint_b"));
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const Tensor& indices = ctx.input(0);
    const Tensor& values = ctx.input(1);
    const Factor b{ctx.input(3), adjoint_b_};
    if (b.matrix.rank() != 2) return ModelError("Tensor 'b' is not a matrix");
    SMCLI_ASSIGN_OR_RETURN(const IntList shape, VectorInts(ctx.input(2), "a_shape"));
    if (shape.size() != 2) return ModelError("Tensor 'a_shape' must have 2 elements");
    if (values.rank() != 1) return ModelError("Tensor 'a_values' is not a vector");
    if (indices.rank() != 2 || indices.dim(0) != values.dim(0) || indices.dim(1) != 2) {
      return ModelError("Tensor 'a_indices' must be a matrix of {} rows and 2 columns, got {}", values.dim(0),
                        indices.shape().ToString());
    }
    const int64_t rows = shape[adjoint_a_ ? 1 : 0], inner = shape[adjoint_a_ ? 0 : 1];
    if (inner != b.rows()) {
      return ModelError(
          "Cannot multiply A and B because inner dimension does not match: {} vs. {}.  Did you forget a transpose?",
          inner, b.rows());
    }
    SMCLI_ASSIGN_OR_RETURN(const Shape result, CheckedShape(std::array<int64_t, 2>{rows, b.columns()}));
    for (int64_t i = 0; i < indices.dim(0); ++i) {
      const int64_t m = IntAt(indices, 2 * i + (adjoint_a_ ? 1 : 0)), k = IntAt(indices, 2 * i + (adjoint_a_ ? 0 : 1));
      if (m < 0 || m >= rows) return ModelError("m ({}) from index[{}] out of bounds (>={})", m, i, rows);
      if (k < 0 || k >= inner) return ModelError("k ({}) from index[{}] out of bounds (>={})", k, i, inner);
    }
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, values.dtype(), result));
    FillZero(*out);
    if (result.num_elements() == 0) return {};
    DispatchNumbers(values.dtype(),
                    [&](auto tag) { Multiply<typename decltype(tag)::type>(indices, values, b, *out); });
    return {};
  }

 private:
  template <typename T>
  void Multiply(const Tensor& indices, const Tensor& values, const Factor& b, Tensor& out) const {
    const int64_t columns = b.columns();
    std::vector<Sum<T>> wide;  // half and bfloat16 only
    Sum<T>* sums;
    if constexpr (kIsFloat16<T>) {
      wide.resize(static_cast<size_t>(out.num_elements()));
      sums = wide.data();
    } else {
      sums = out.mutable_data<T>();
    }
    const T* right = b.matrix.data<T>();
    const int64_t row_step = b.adjoint ? 1 : columns, column_step = b.adjoint ? b.rows() : 1;
    for (int64_t i = 0; i < values.num_elements(); ++i) {
      const int64_t m = IntAt(indices, 2 * i + (adjoint_a_ ? 1 : 0)), k = IntAt(indices, 2 * i + (adjoint_a_ ? 0 : 1));
      const auto a = static_cast<Sum<T>>(Conjugate(values.data<T>()[i], adjoint_a_));
      Sum<T>* to = sums + m * columns;
      const T* from = right + k * row_step;
      for (int64_t n = 0; n < columns; ++n) {
        to[n] = Plus(to[n], Times(a, static_cast<Sum<T>>(Conjugate(from[n * column_step], b.adjoint))));
      }
    }
    if constexpr (kIsFloat16<T>) {
      std::ranges::transform(wide, out.mutable_data<T>(), [](float sum) { return T(sum); });
    }
  }

  bool adjoint_a_ = false, adjoint_b_ = false;
};

float FloatAt(const Tensor& tensor, int64_t i) {
  return tensor.dtype() == DataType::kBfloat16 ? static_cast<float>(tensor.data<BFloat16>()[i])
                                               : tensor.data<float>()[i];
}

// (a, b) of float or bfloat16; the product is float.
class SparseMatMul final : public Kernel {
 public:
  static Result<SparseMatMul> Make(const NodeInfo& node) {
    SparseMatMul kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.transpose_a_, node.attrs.Bool("transpose_a"));
    SMCLI_ASSIGN_OR_RETURN(kernel.transpose_b_, node.attrs.Bool("transpose_b"));
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const Factor a{ctx.input(0), transpose_a_}, b{ctx.input(1), transpose_b_};
    if (a.matrix.rank() != 2 || b.matrix.rank() != 2) return ModelError("a and b must be matrices");
    if (a.columns() != b.rows()) {
      return ModelError("Matrix size incompatible: a: {}, b: {}", a.matrix.shape().ToString(),
                        b.matrix.shape().ToString());
    }
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, CheckedShape(std::array<int64_t, 2>{a.rows(), b.columns()}));
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, DataType::kFloat, shape));
    FillZero(*out);
    if (shape.num_elements() == 0) return {};
    float* product = out->mutable_data<float>();
    const int64_t rows = a.rows(), inner = a.columns(), columns = b.columns();
    const auto grain = ThreadPool::GrainOf(static_cast<double>(inner) * static_cast<double>(columns));
    ctx.pool().ParallelFor(rows, grain, [&](int64_t begin, int64_t end) {
      for (int64_t m = begin; m < end; ++m) {
        for (int64_t k = 0; k < inner; ++k) {
          const float left = FloatAt(a.matrix, a.adjoint ? k * rows + m : m * inner + k);
          if (left == 0) continue;
          for (int64_t n = 0; n < columns; ++n) {
            product[m * columns + n] += left * FloatAt(b.matrix, b.adjoint ? n * inner + k : k * columns + n);
          }
        }
      }
    });
    return {};
  }

 private:
  bool transpose_a_ = false, transpose_b_ = false;
};

constexpr Op kOps[] = {
    {.name = "SparseMatMul", .types = {}, .make = MakeKernel<SparseMatMul>, .tolerance = Tolerance::kRounding},
    {.name = "SparseTensorDenseMatMul",
     .types = {{{"T", kNumbers}}},
     .make = MakeKernel<SparseTensorDenseMatMul>,
     .tolerance = Tolerance::kRounding},
};

}  // namespace

std::span<const Op> SparseMatMulOps() { return kOps; }

}  // namespace smcli
