// SparseReduceSum and SparseReduceMax, to dense and to sparse.
#include "ops/arithmetic.h"
#include "ops/move.h"
#include "ops/op.h"
#include "ops/order.h"
#include "ops/sparse_tensor.h"
#include "ops/strided_copy.h"

namespace smcli {
namespace {

// Groups of entries that fall onto one element of the result.
struct Reduction {
  IntList kept;                 // dimensions that stay
  IntList shape;                // of the result, reduced dimensions included as 1 with keep_dims
  std::vector<int64_t> order;   // entries, grouped
  std::vector<int64_t> begins;  // of each group in `order`, then its size
  const int64_t* index(const SparseTensor& input, size_t group) const {
    return input.index(order[static_cast<size_t>(begins[group])]);
  }
  size_t groups() const { return begins.size() - 1; }
};

Result<Reduction> Group(const SparseTensor& input, const Tensor& axes, bool keep_dims) {
  if (axes.rank() > 1)
    return ModelError("Expected reduction_axes to be a scalar or a vector; got shape: {}", axes.shape().ToString());
  std::array<bool, kMaxRank> reduced{};
  for (int64_t i = 0; i < axes.num_elements(); ++i) {
    const int64_t axis = IntAt(axes, i);
    if (axis < -input.rank() || axis >= input.rank()) {
      return ModelError("Invalid reduction dimension {}, for input with {} dimensions.", axis, input.rank());
    }
    reduced[static_cast<size_t>(axis < 0 ? axis + input.rank() : axis)] = true;
  }
  Reduction result;
  for (int d = 0; d < input.rank(); ++d) {
    if (!reduced[static_cast<size_t>(d)]) {
      result.kept.push_back(d);
      result.shape.push_back(input.shape[d]);
    } else if (keep_dims) {
      result.shape.push_back(1);
    }
  }
  for (int64_t i = 0; i < input.size(); ++i) result.order.push_back(i);
  const auto compare = [&](int64_t a, int64_t b) {
    for (int64_t d : result.kept) {
      if (input.index(a)[d] != input.index(b)[d]) return input.index(a)[d] < input.index(b)[d] ? -1 : 1;
    }
    return 0;
  };
  std::ranges::stable_sort(result.order, [&](int64_t a, int64_t b) { return compare(a, b) < 0; });
  for (size_t i = 0; i < result.order.size(); ++i) {
    if (i == 0 || compare(result.order[i - 1], result.order[i]) != 0) result.begins.push_back(static_cast<int64_t>(i));
  }
  result.begins.push_back(input.size());
  return result;
}

template <typename T, bool kMax>
T ReduceGroup(const Reduction& reduction, const SparseTensor& input, size_t group) {
  const T* values = input.values.data<T>();
  const auto begin = static_cast<size_t>(reduction.begins[group]),
             end = static_cast<size_t>(reduction.begins[group + 1]);
  T result = values[reduction.order[begin]];
  for (size_t i = begin + 1; i < end; ++i) {
    const T value = values[reduction.order[i]];
    if constexpr (kMax) {
      result = Less(result, value) ? value : result;
    } else {
      result = Plus(result, value);
    }
  }
  return result;
}

template <bool kMax, typename F>
void DispatchReduced(DataType dtype, F&& f) {
  if constexpr (kMax) {
    DispatchRealNumbers(dtype, f);
  } else {
    DispatchNumbers(dtype, f);
  }
}

template <bool kMax>
Status ToDense(KernelContext& ctx, const SparseTensor& input, const Reduction& reduction) {
  SMCLI_ASSIGN_OR_RETURN(const Shape shape, CheckedShape(reduction.shape));
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, input.values.dtype(), shape));
  FillZero(*out);
  std::vector<int64_t> places;
  for (size_t g = 0; g < reduction.groups(); ++g) {
    int64_t place = 0;
    for (int64_t d : reduction.kept) {
      const int64_t at = reduction.index(input, g)[d], extent = input.shape[static_cast<int>(d)];
      if (at < 0 || at >= extent) return ModelError("index {} is outside of bounds of [0, {})", at, extent);
      place = place * extent + at;
    }
    places.push_back(place);
  }
  DispatchReduced<kMax>(out->dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    for (size_t g = 0; g < places.size(); ++g)
      out->mutable_data<T>()[places[g]] = ReduceGroup<T, kMax>(reduction, input, g);
  });
  return {};
}

template <bool kMax>
Status ToSparse(KernelContext& ctx, const SparseTensor& input, const Reduction& reduction) {
  const auto count = static_cast<int64_t>(reduction.groups());
  const bool keep_dims = reduction.shape.size() != reduction.kept.size();
  SMCLI_ASSIGN_OR_RETURN(Tensor * indices, ctx.Allocate(0, DataType::kInt64, Shape{count, reduction.shape.size()}));
  FillZero(*indices);
  int64_t* row = indices->mutable_data<int64_t>();
  for (size_t g = 0; g < reduction.groups(); ++g, row += reduction.shape.size()) {
    for (int k = 0; k < reduction.kept.size(); ++k) {
      row[keep_dims ? reduction.kept[k] : k] = reduction.index(input, g)[reduction.kept[k]];
    }
  }
  SMCLI_ASSIGN_OR_RETURN(Tensor * values, ctx.Allocate(1, input.values.dtype(), Shape{count}));
  DispatchReduced<kMax>(values->dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    for (size_t g = 0; g < reduction.groups(); ++g)
      values->mutable_data<T>()[g] = ReduceGroup<T, kMax>(reduction, input, g);
  });
  SMCLI_ASSIGN_OR_RETURN(Tensor shape, IntVector(DataType::kInt64, reduction.shape.span()));
  ctx.set_output(2, std::move(shape));
  return {};
}

// (input, reduction_axes).
template <bool kMax, bool kSparse>
class SparseReduce final : public Kernel {
 public:
  static Result<SparseReduce> Make(const NodeInfo& node) {
    SparseReduce kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.keep_dims_, node.attrs.Bool("keep_dims"));
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    SMCLI_ASSIGN_OR_RETURN(const SparseTensor input, SparseTensor::Read(ctx, 0));
    SMCLI_ASSIGN_OR_RETURN(const Reduction reduction, Group(input, ctx.input(3), keep_dims_));
    return kSparse ? ToSparse<kMax>(ctx, input, reduction) : ToDense<kMax>(ctx, input, reduction);
  }

 private:
  bool keep_dims_ = false;
};

constexpr Tolerance kRounding = Tolerance::kRounding;
using Types = std::array<TypeConstraint, 3>;
constexpr Types kNumeric = {{{"T", kNumbers}}};
constexpr Types kReal = {{{"T", kRealNumbers}}};

constexpr Op kOps[] = {
    {.name = "SparseReduceMax", .types = kReal, .make = MakeKernel<SparseReduce<true, false>>},
    {.name = "SparseReduceMaxSparse", .types = kReal, .make = MakeKernel<SparseReduce<true, true>>},
    {.name = "SparseReduceSum",
     .types = kNumeric,
     .make = MakeKernel<SparseReduce<false, false>>,
     .tolerance = kRounding},
    {.name = "SparseReduceSumSparse",
     .types = kNumeric,
     .make = MakeKernel<SparseReduce<false, true>>,
     .tolerance = kRounding},
};

}  // namespace

std::span<const Op> SparseReduceOps() { return kOps; }

}  // namespace smcli
