// Transpose and permutations.
#include <complex>

#include "ops/int_args.h"
#include "ops/move.h"
#include "ops/op.h"
#include "ops/strided_copy.h"

namespace smcli {
namespace {

// Every dimension once; negative entries count from the end, as TensorFlow allows here.
Result<IntList> Permutation(const Tensor& perm, int rank) {
  SMCLI_ASSIGN_OR_RETURN(IntList order, VectorInts(perm, "perm"));
  if (order.size() != rank) {
    return ModelError("transpose expects a vector of size {}. But input(1) is a vector of size {}", rank, order.size());
  }
  std::array<bool, kMaxRank> seen{};
  for (int i = 0; i < rank; ++i) {
    if (order[i] < -rank || order[i] >= rank) return ModelError("{} is out of range [0 .. {})", order[i], rank);
    if (order[i] < 0) order[i] += rank;
    if (seen[static_cast<size_t>(order[i])])
      return ModelError("{} is missing from {{{}}}.", i, fmt::join(order.span(), ","));
    seen[static_cast<size_t>(order[i])] = true;
  }
  return order;
}

// Dimensions of extent 1 may go anywhere without an element moving.
bool KeepsOrder(const Shape& shape, const IntList& order) {
  int64_t last = -1;
  for (int64_t d : order) {
    if (shape.dim(static_cast<int>(d)) == 1) continue;
    if (d < last) return false;
    last = d;
  }
  return true;
}

template <typename T>
void ConjugateAll(Tensor& tensor) {
  for (auto& value : tensor.mutable_flat<T>()) value = std::conj(value);
}

template <bool kConjugate>
Status Transpose(KernelContext& ctx) {
  const Tensor& input = ctx.input(0);
  SMCLI_ASSIGN_OR_RETURN(const IntList order, Permutation(ctx.input(1), input.rank()));
  IntList dims;
  for (int64_t d : order) dims.push_back(input.dim(static_cast<int>(d)));
  const Shape shape(dims.span());
  const DataType dtype = input.dtype();
  const bool conjugate = kConjugate && (dtype == DataType::kComplex64 || dtype == DataType::kComplex128);
  if (KeepsOrder(input.shape(), order) && !conjugate) {
    ctx.set_output(0, ctx.TakeInput(0).Reshaped(shape));
    return {};
  }
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, dtype, shape));
  const auto from = RowMajorStrides(input.shape());
  const auto to = RowMajorStrides(shape);
  StridedCopy copy;
  for (int i = 0; i < order.size(); ++i)
    copy.Add(dims[i], from[static_cast<size_t>(order[i])], to[static_cast<size_t>(i)]);
  copy.Run(ctx.pool(), input, 0, *out, 0);
  if (conjugate) {
    dtype == DataType::kComplex64 ? ConjugateAll<std::complex<float>>(*out) : ConjugateAll<std::complex<double>>(*out);
  }
  return {};
}

template <typename T>
Status Invert(const Tensor& x, Tensor& out) {
  const int64_t count = x.num_elements();
  const T* permutation = x.data<T>();
  T* inverse = out.mutable_data<T>();
  std::fill_n(inverse, count, T(-1));
  for (int64_t i = 0; i < count; ++i) {
    const int64_t target = permutation[i];
    if (target < 0 || target >= count) return ModelError("{} is not between 0 and {}", target, count);
    if (inverse[target] != -1) return ModelError("{} is duplicated in the input.", target);
    inverse[target] = static_cast<T>(i);
  }
  return {};
}

Status InvertPermutation(KernelContext& ctx) {
  const Tensor& x = ctx.input(0);
  if (!x.shape().vector())
    return ModelError("invert_permutation expects a 1D vector, got shape {}", x.shape().ToString());
  if (x.num_elements() > std::numeric_limits<int32_t>::max())
    return ModelError("permutation of nonnegative int32 must have <= int32 max elements");
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, x.dtype(), x.shape()));
  return x.dtype() == DataType::kInt64 ? Invert<int64_t>(x, *out) : Invert<int32_t>(x, *out);
}

constexpr Op kOps[] = {
    {.name = "ConjugateTranspose", .types = {}, .make = MakeFunctionKernel<Transpose<true>>},
    {.name = "InvertPermutation", .types = {{{"T", kIndexTypes}}}, .make = MakeFunctionKernel<InvertPermutation>},
    {.name = "Transpose", .types = {}, .make = MakeFunctionKernel<Transpose<false>>},
};

}  // namespace

std::span<const Op> ArrayTransposeOps() { return kOps; }

}  // namespace smcli
