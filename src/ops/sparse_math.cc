// Arithmetic on sparse tensors: with each other, with dense ones, softmax.
#include <cmath>
#include <complex>

#include "ops/arithmetic.h"
#include "ops/broadcast.h"
#include "ops/move.h"
#include "ops/op.h"
#include "ops/order.h"
#include "ops/sparse_tensor.h"
#include "ops/strided_copy.h"

namespace smcli {
namespace {

// Two sparse tensors walked side by side in the order of their indices; both should be ordered (TensorFlow: two
// pointers in kernels/sparse_add_op.cc, so that others come out as they do there). -1: no entry in that tensor.
struct Pair {
  int64_t a = -1, b = -1;
};

std::vector<Pair> MergeEntries(const SparseTensor& a, const SparseTensor& b) {
  std::vector<Pair> pairs;
  int64_t i = 0, j = 0;
  while (i < a.size() || j < b.size()) {
    const int order = i == a.size() ? 1 : j == b.size() ? -1 : a.Compare(i, b, j);
    pairs.push_back({order <= 0 ? i++ : -1, order >= 0 ? j++ : -1});
  }
  return pairs;
}

Status CheckSameShape(const SparseTensor& a, const SparseTensor& b) {
  if (a.rank() != b.rank())
    return ModelError("Operands' should have the same ranks; got: {} and {}", a.rank(), b.rank());
  for (int d = 0; d < a.rank(); ++d) {
    if (a.shape[d] != b.shape[d])
      return ModelError("Operands' shapes do not match: got {} and {} for dimension {}", a.shape[d], b.shape[d], d);
  }
  return {};
}

// Outputs 0 and 1: the entries of the pairs, with the values given.
template <typename T>
Status OutputPairs(KernelContext& ctx, const SparseTensor& a, const SparseTensor& b, const std::vector<Pair>& pairs,
                   const std::vector<T>& sums) {
  const int64_t count = std::ssize(pairs);
  SMCLI_ASSIGN_OR_RETURN(Tensor * indices, ctx.Allocate(0, DataType::kInt64, Shape{count, a.rank()}));
  SMCLI_ASSIGN_OR_RETURN(Tensor * values, ctx.Allocate(1, a.values.dtype(), Shape{count}));
  int64_t* to = indices->mutable_data<int64_t>();
  for (const Pair& pair : pairs) to = std::copy_n(pair.a >= 0 ? a.index(pair.a) : b.index(pair.b), a.rank(), to);
  std::ranges::copy(sums, values->mutable_data<T>());
  return {};
}

template <typename T>
bool AtLeast(const T& value, const Tensor& threshold) {
  if constexpr (std::is_same_v<T, std::complex<float>> || std::is_same_v<T, std::complex<double>>) {
    return threshold.scalar<typename T::value_type>() <= std::abs(value);
  } else {
    const T limit = threshold.scalar<T>();
    return !Less(Less(value, T(0)) ? Minus(T(0), value) : value, limit);
  }
}

// (a, b, threshold): the sum, without the entries in both that came out below the threshold.
template <typename T>
Status AddSparse(KernelContext& ctx, const SparseTensor& a, const SparseTensor& b, const Tensor& threshold) {
  std::vector<Pair> kept;
  std::vector<T> sums;
  for (const Pair& pair : MergeEntries(a, b)) {
    T sum = pair.a >= 0 ? a.values.data<T>()[pair.a] : b.values.data<T>()[pair.b];
    if (pair.a >= 0 && pair.b >= 0) {
      sum = Plus(sum, b.values.data<T>()[pair.b]);
      if (!AtLeast(sum, threshold)) continue;
    }
    kept.push_back(pair);
    sums.push_back(sum);
  }
  return OutputPairs(ctx, a, b, kept, sums);
}

Status SparseAdd(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(const SparseTensor a, SparseTensor::Read(ctx, 0));
  SMCLI_ASSIGN_OR_RETURN(const SparseTensor b, SparseTensor::Read(ctx, 3));
  SMCLI_RETURN_IF_ERROR(CheckSameShape(a, b));
  const Tensor& threshold = ctx.input(6);
  if (threshold.rank() != 0)
    return ModelError("The magnitude threshold must be a scalar: got shape {}", threshold.shape().ToString());
  Status status;
  DispatchNumbers(a.values.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    if constexpr (!std::is_same_v<T, std::complex<float>> && !std::is_same_v<T, std::complex<double>>) {
      if (SizeOf(threshold.dtype()) != static_cast<int>(sizeof(T))) {
        status = UnsupportedError("a threshold of type {} for {}", Name(threshold.dtype()), Name(a.values.dtype()));
        return;
      }
    }
    status = AddSparse<T>(ctx, a, b, threshold);
  });
  SMCLI_RETURN_IF_ERROR(std::move(status));
  ctx.set_output(2, ctx.input(2));
  return {};
}

// Maximum or minimum of two sparse tensors, where missing entries are zero. NaN wins.
template <typename T, bool kMaximum>
Status ExtremeSparse(KernelContext& ctx, const SparseTensor& a, const SparseTensor& b) {
  const std::vector<Pair> pairs = MergeEntries(a, b);
  std::vector<T> values;
  for (const Pair& pair : pairs) {
    const T x = pair.a >= 0 ? a.values.data<T>()[pair.a] : T(0);
    const T y = pair.b >= 0 ? b.values.data<T>()[pair.b] : T(0);
    const bool take_y = kMaximum ? Less(x, y) : Less(y, x);
    values.push_back(IsNan(y) || (take_y && !IsNan(x)) ? y : x);
  }
  return OutputPairs(ctx, a, b, pairs, values);
}

template <bool kMaximum>
Status SparseSparseExtreme(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(const SparseTensor a, SparseTensor::Read(ctx, 0));
  SMCLI_ASSIGN_OR_RETURN(const SparseTensor b, SparseTensor::Read(ctx, 3));
  SMCLI_RETURN_IF_ERROR(CheckSameShape(a, b));
  SMCLI_RETURN_IF_ERROR(a.CheckInside());
  SMCLI_RETURN_IF_ERROR(b.CheckInside());
  Status status;
  DispatchRealNumbers(a.values.dtype(),
                      [&](auto tag) { status = ExtremeSparse<typename decltype(tag)::type, kMaximum>(ctx, a, b); });
  return status;
}

// (a_indices, a_values, a_shape, b): the dense b with the entries added.
Status SparseTensorDenseAdd(KernelContext& ctx) {
  const Tensor& indices = ctx.input(0);
  const Tensor& values = ctx.input(1);
  SMCLI_ASSIGN_OR_RETURN(const IntList dims, VectorInts(ctx.input(2), "a_shape"));
  const Shape shape = ctx.input(3).shape();
  if (dims.size() != shape.rank()) {
    return ModelError("Two operands have different ranks; received: {} and {}", dims.size(), shape.rank());
  }
  if (!std::ranges::equal(dims, shape.dims())) {
    return ModelError("Dimensions of the operands do not match: [{}] and {}", fmt::join(dims.span(), ","),
                      shape.ToString());
  }
  if (indices.rank() != 2 || values.rank() != 1 || indices.dim(0) != values.dim(0) || indices.dim(1) != shape.rank()) {
    return ModelError("indices {} and values {} do not make a sparse tensor of {} dimensions",
                      indices.shape().ToString(), values.shape().ToString(), shape.rank());
  }
  const auto strides = RowMajorStrides(shape);
  std::vector<int64_t> places(static_cast<size_t>(values.num_elements()));
  for (int64_t i = 0; i < values.num_elements(); ++i) {
    for (int d = 0; d < shape.rank(); ++d) {
      const int64_t at = IntAt(indices, i * shape.rank() + d);
      if (at < 0 || at >= shape.dim(d)) {
        return ModelError(
            "Sparse tensor has an invalid index on dimension {}: a_indices({},{}) = {}, dense tensor shape: {}", d, i,
            d, at, shape.ToString());
      }
      places[static_cast<size_t>(i)] += at * strides[static_cast<size_t>(d)];
    }
  }
  SMCLI_ASSIGN_OR_RETURN(Tensor sum, Exclusive(ctx.TakeInput(3)));
  DispatchNumbers(sum.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    T* to = sum.mutable_data<T>();
    for (size_t i = 0; i < places.size(); ++i) to[places[i]] = Plus(to[places[i]], values.data<T>()[i]);
  });
  ctx.set_output(0, std::move(sum));
  return {};
}

enum class DenseAction { kAdd, kMul, kDiv };

template <typename T>
T Apply(DenseAction action, T a, T b) {
  switch (action) {
    case DenseAction::kAdd: return Plus(a, b);
    case DenseAction::kMul: return Times(a, b);
    default: return Quotient(a, b);
  }
}

// (sp, dense): each entry with the element of the dense tensor, broadcast to the sparse shape, that lies under it.
// The output are the new values.
template <DenseAction kAction>
Status SparseDenseCwise(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(const SparseTensor sparse, SparseTensor::Read(ctx, 0));
  const Tensor& dense = ctx.input(3);
  SMCLI_ASSIGN_OR_RETURN(const Shape shape, CheckedShape(sparse.shape));
  if (dense.rank() > sparse.rank() || !BroadcastsTo(dense.shape(), shape)) {
    return ModelError("SparseDenseBinaryOpShared broadcasts dense to sparse only; got incompatible shapes: {} vs. {}",
                      shape.ToString(), dense.shape().ToString());
  }
  SMCLI_RETURN_IF_ERROR(sparse.CheckInside());
  const auto strides = RowMajorStrides(dense.shape());
  const int added = sparse.rank() - dense.rank();
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, dense.dtype(), Shape{sparse.size()}));
  bool zero_divisor = false;  // TensorFlow looks at the elements under entries only
  DispatchNumbers(dense.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    const auto elements = dense.flat<T>();
    for (int64_t i = 0; i < sparse.size(); ++i) {
      size_t place = 0;
      for (int d = 0; d < dense.rank(); ++d) {
        const auto at = static_cast<size_t>(dense.dim(d) == 1 ? 0 : sparse.index(i)[d + added]);
        place += at * static_cast<size_t>(strides[static_cast<size_t>(d)]);
      }
      if (kAction == DenseAction::kDiv && elements[place] == T(0.0f)) {
        zero_divisor = true;
        return;
      }
      out->mutable_data<T>()[i] = Apply(kAction, sparse.values.data<T>()[i], elements[place]);
    }
  });
  if (zero_divisor)
    return ModelError("SparseDenseCwiseDiv cannot divide by zero, but input dense tensor contains zero");
  return {};
}

// Softmax over the entries of each row of the last dimension. The values come out in the order of the indices.
Status SparseSoftmax(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(const SparseTensor given, SparseTensor::Read(ctx, 0));
  if (given.rank() < 2) return ModelError("Input should have rank >= 2, but received rank: {}", given.rank());
  SMCLI_ASSIGN_OR_RETURN(const SparseTensor input, given.Ordered());
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, input.values.dtype(), Shape{input.size()}));
  const auto same_row = [&](int64_t i, int64_t j) {
    return std::equal(input.index(i), input.index(i) + input.rank() - 1, input.index(j));
  };
  DispatchFloats(input.values.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    using Wide = std::conditional_t<kIsFloat16<T>, float, T>;
    const T* from = input.values.data<T>();
    T* to = out->mutable_data<T>();
    for (int64_t begin = 0, end = 0; begin < input.size(); begin = end) {
      Wide top = static_cast<Wide>(from[begin]), sum = 0;
      for (end = begin; end < input.size() && same_row(begin, end); ++end)
        top = std::max(top, static_cast<Wide>(from[end]));
      for (int64_t i = begin; i < end; ++i) sum += std::exp(static_cast<Wide>(from[i]) - top);
      for (int64_t i = begin; i < end; ++i) to[i] = static_cast<T>(std::exp(static_cast<Wide>(from[i]) - top) / sum);
    }
  });
  return {};
}

// (reverse_index_map, grad_values): the gradient of SparseFillEmptyRows, or of the ragged op, for the values and for
// the default value.
Status SparseFillEmptyRowsGrad(KernelContext& ctx) {
  const Tensor& map = ctx.input(0);
  const Tensor& grad = ctx.input(1);
  if (map.rank() != 1 || grad.rank() != 1) return ModelError("reverse_index_map and grad_values must be vectors");
  SMCLI_ASSIGN_OR_RETURN(Tensor * values, ctx.Allocate(0, grad.dtype(), map.shape()));
  SMCLI_ASSIGN_OR_RETURN(Tensor * fill, ctx.Allocate(1, grad.dtype(), Shape{}));
  std::vector<bool> visited(static_cast<size_t>(grad.num_elements()));
  for (int64_t place : map.flat<int64_t>()) {
    if (place < 0 || place >= grad.num_elements()) {
      return ModelError("Elements in reverse index must be in [0, {}) but got {}", grad.num_elements(), place);
    }
    visited[static_cast<size_t>(place)] = true;
  }
  const bool known = DispatchNumbers(grad.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    std::ranges::transform(map.flat<int64_t>(), values->mutable_data<T>(),
                           [&](int64_t place) { return grad.data<T>()[place]; });
    T sum = T(0.0f);
    for (size_t i = 0; i < visited.size(); ++i) {
      if (!visited[i]) sum = Plus(sum, grad.data<T>()[i]);
    }
    *fill->mutable_data<T>() = sum;
  });
  if (!known) return UnsupportedError("a gradient of type {}", Name(grad.dtype()));
  return {};
}

constexpr Tolerance kRounding = Tolerance::kRounding;
using Types = std::array<TypeConstraint, 3>;
constexpr Types kNumeric = {{{"T", kNumbers}}};
constexpr Types kReal = {{{"T", kRealNumbers}}};
constexpr Types kFloat = {{{"T", kFloats}}};

constexpr Op kOps[] = {
    {.name = "RaggedFillEmptyRowsGrad",
     .types = kNumeric,
     .make = MakeFunctionKernel<SparseFillEmptyRowsGrad>,
     .tolerance = kRounding},
    {.name = "SparseAdd", .types = kNumeric, .make = MakeFunctionKernel<SparseAdd>, .tolerance = kRounding},
    {.name = "SparseDenseCwiseAdd",
     .types = kNumeric,
     .make = MakeFunctionKernel<SparseDenseCwise<DenseAction::kAdd>>,
     .tolerance = kRounding},
    {.name = "SparseDenseCwiseDiv",
     .types = kNumeric,
     .make = MakeFunctionKernel<SparseDenseCwise<DenseAction::kDiv>>,
     .tolerance = kRounding},
    {.name = "SparseDenseCwiseMul",
     .types = kNumeric,
     .make = MakeFunctionKernel<SparseDenseCwise<DenseAction::kMul>>,
     .tolerance = kRounding},
    {.name = "SparseFillEmptyRowsGrad",
     .types = kNumeric,
     .make = MakeFunctionKernel<SparseFillEmptyRowsGrad>,
     .tolerance = kRounding},
    {.name = "SparseSoftmax", .types = kFloat, .make = MakeFunctionKernel<SparseSoftmax>, .tolerance = kRounding},
    {.name = "SparseSparseMaximum", .types = kReal, .make = MakeFunctionKernel<SparseSparseExtreme<true>>},
    {.name = "SparseSparseMinimum", .types = kReal, .make = MakeFunctionKernel<SparseSparseExtreme<false>>},
    {.name = "SparseTensorDenseAdd",
     .types = kNumeric,
     .make = MakeFunctionKernel<SparseTensorDenseAdd>,
     .tolerance = kRounding},
};

}  // namespace

std::span<const Op> SparseMathOps() { return kOps; }

}  // namespace smcli
