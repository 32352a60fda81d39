// Gradients of sparse ops for the values of their inputs.
#include "ops/move.h"
#include "ops/op.h"
#include "ops/strided_copy.h"

namespace smcli {
namespace {

// The rows of an int64 matrix of indices.
struct Rows {
  const Tensor& matrix;

  int64_t size() const { return matrix.dim(0); }
  int rank() const { return static_cast<int>(matrix.dim(1)); }
  int64_t at(int64_t row, int d) const { return matrix.data<int64_t>()[row * rank() + d]; }
};

Status ExpectIndices(const Tensor& indices, std::string_view what, int64_t rank) {
  if (indices.rank() == 2 && indices.dim(1) == rank) return {};
  return ModelError("{} should be a matrix with {} columns, got shape {}", what, rank, indices.shape().ToString());
}

Status ExpectGradient(const Tensor& gradient, int64_t count) {
  if (gradient.rank() == 1 && gradient.dim(0) == count) return {};
  return ModelError("backprop_val_grad should be a vector of {} values, got shape {}", count,
                    gradient.shape().ToString());
}

// Output `output`, [rows.size()]: for each row the element of `gradient` whose row in `to`, shifted by `start`, is the
// same; zero for a row that is not there. Both are walked in order, as TensorFlow's kernels do.
Status Pull(KernelContext& ctx, int output, const Tensor& gradient, Rows rows, Rows to, const int64_t* start) {
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(output, gradient.dtype(), Shape{rows.size()}));
  DispatchMove(gradient.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    T* values = out->mutable_data<T>();
    int64_t next = 0;
    for (int64_t i = 0; i < rows.size(); ++i) {
      const auto order = [&] {
        for (int d = 0; d < rows.rank(); ++d) {
          const int64_t shifted =
              start ? static_cast<int64_t>(static_cast<uint64_t>(to.at(next, d)) + static_cast<uint64_t>(start[d]))
                    : to.at(next, d);
          if (shifted != rows.at(i, d)) return shifted < rows.at(i, d) ? -1 : 1;
        }
        return 0;
      };
      while (next < to.size() && order() < 0) ++next;
      values[i] = next < to.size() && order() == 0 ? gradient.data<T>()[next] : T();
    }
  });
  return {};
}

// (backprop_val_grad, a_indices, b_indices, sum_indices): of SparseAdd, for the values of a and of b.
Status SparseAddGrad(KernelContext& ctx) {
  const Tensor& sum = ctx.input(3);
  if (sum.rank() != 2) return ModelError("sum_indices should be a matrix, got shape {}", sum.shape().ToString());
  SMCLI_RETURN_IF_ERROR(ExpectIndices(ctx.input(1), "a_indices", sum.dim(1)));
  SMCLI_RETURN_IF_ERROR(ExpectIndices(ctx.input(2), "b_indices", sum.dim(1)));
  SMCLI_RETURN_IF_ERROR(ExpectGradient(ctx.input(0), sum.dim(0)));
  SMCLI_RETURN_IF_ERROR(Pull(ctx, 0, ctx.input(0), {ctx.input(1)}, {sum}, nullptr));
  return Pull(ctx, 1, ctx.input(0), {ctx.input(2)}, {sum}, nullptr);
}

// (backprop_val_grad, input_indices, input_start, output_indices): of SparseSlice, for the values of its input.
Status SparseSliceGrad(KernelContext& ctx) {
  const Tensor& indices = ctx.input(1);
  const Tensor& start = ctx.input(2);
  if (indices.rank() != 2)
    return ModelError("input_indices should be a matrix, got shape {}", indices.shape().ToString());
  if (start.rank() != 1 || start.dim(0) != indices.dim(1))
    return ModelError("input_start should have {} values, got shape {}", indices.dim(1), start.shape().ToString());
  SMCLI_RETURN_IF_ERROR(ExpectIndices(ctx.input(3), "output_indices", indices.dim(1)));
  SMCLI_RETURN_IF_ERROR(ExpectGradient(ctx.input(0), ctx.input(3).dim(0)));
  return Pull(ctx, 0, ctx.input(0), {indices}, {ctx.input(3)}, start.data<int64_t>());
}

constexpr Op kOps[] = {
    {.name = "SparseAddGrad", .types = {}, .make = MakeFunctionKernel<SparseAddGrad>},
    {.name = "SparseSliceGrad", .types = {}, .make = MakeFunctionKernel<SparseSliceGrad>},
};

}  // namespace

std::span<const Op> SparseGradientOps() { return kOps; }

}  // namespace smcli
