// SparseSegment*: rows of a table, picked by index, reduced by segment; what embeddings of several ids come down to.
#include <algorithm>
#include <cmath>

#include "ops/arithmetic.h"
#include "ops/cast.h"
#include "ops/int_args.h"
#include "ops/move.h"
#include "ops/op.h"

namespace smcli {
namespace {

enum class Combiner { kSum, kMean, kSqrtN };

// What a sum of `count` rows is multiplied with.
template <typename Acc>
Acc ScaleOf(Combiner combiner, int64_t count) {
  switch (combiner) {
    case Combiner::kMean: return Acc(1) / static_cast<Acc>(count);
    case Combiner::kSqrtN: return Acc(1) / std::sqrt(static_cast<Acc>(count));
    default: return Acc(1);
  }
}

Status CheckVectors(const Tensor& data, const Tensor& indices, const Tensor& ids) {
  if (data.rank() < 1) return ModelError("Shape must be at least rank 1");
  if (indices.rank() != 1) return ModelError("indices should be a vector.");
  if (ids.rank() != 1) return ModelError("segment_ids should be a vector.");
  if (indices.num_elements() != ids.num_elements()) return ModelError("segment_ids and indices should have same size.");
  return {};
}

// The segments' ids do not decrease, the indices name rows.
Status CheckValues(const Tensor& data, const Tensor& indices, const Tensor& ids, int64_t segments) {
  for (int64_t i = 0; i < ids.num_elements(); ++i) {
    const int64_t id = IntAt(ids, i), index = IntAt(indices, i);
    if (id < 0 || id >= segments) return ModelError("Segment id {} out of range [0, {})", id, segments);
    if (i > 0 && id < IntAt(ids, i - 1)) return ModelError("segment ids are not increasing");
    if (index < 0 || index >= data.dim(0))
      return ModelError("Bad: indices[{}] == {} out of range [0, {})", i, index, data.dim(0));
  }
  return {};
}

Result<Shape> RowsLike(const Shape& data, int64_t rows) { return ReplaceDim(data, 0, std::span(&rows, 1)); }

std::vector<int64_t> SortedUnique(const Tensor& indices) {
  std::vector<int64_t> values;
  for (int64_t i = 0; i < indices.num_elements(); ++i) values.push_back(IntAt(indices, i));
  std::ranges::sort(values);
  values.erase(std::ranges::unique(values).begin(), values.end());
  return values;
}

template <typename T>
void AddRow(const T* row, int64_t slice, auto* sums) {
  using Acc = std::remove_reference_t<decltype(*sums)>;
  for (int64_t k = 0; k < slice; ++k) sums[k] = Plus(sums[k], static_cast<Acc>(row[k]));
}

// Half and bfloat16 add up in float and are rounded once, as in TensorFlow (kernels/segment_reduction_ops_impl.h).
template <typename T>
void ReduceRows(Combiner combiner, const Tensor& data, const Tensor& indices, const Tensor& ids, Tensor& out) {
  using Acc = std::conditional_t<kIsFloat16<T>, float, T>;
  const int64_t slice = data.num_elements() / data.dim(0);
  std::vector<Acc> sums(static_cast<size_t>(slice));
  T* rows = out.mutable_data<T>();
  for (int64_t begin = 0; begin < ids.num_elements();) {
    const int64_t id = IntAt(ids, begin);
    std::ranges::fill(sums, Acc(0));
    int64_t end = begin;
    for (; end < ids.num_elements() && IntAt(ids, end) == id; ++end) {
      AddRow(data.data<T>() + IntAt(indices, end) * slice, slice, sums.data());
    }
    T* row = rows + id * slice;
    if (combiner == Combiner::kSum) {
      std::ranges::transform(sums, row, [](Acc sum) { return static_cast<T>(sum); });
    } else if constexpr (!std::is_integral_v<T>) {
      const Acc scale = ScaleOf<Acc>(combiner, end - begin);
      std::ranges::transform(sums, row, [scale](Acc sum) { return static_cast<T>(sum * scale); });
    }
    begin = end;
  }
}

// (data, indices, segment_ids) with as many segments as the last id says, or (..., num_segments). Segments without
// rows are zero.
template <Combiner kCombiner>
Status SparseSegment(KernelContext& ctx) {
  const Tensor& data = ctx.input(0);
  const Tensor& indices = ctx.input(1);
  const Tensor& ids = ctx.input(2);
  SMCLI_RETURN_IF_ERROR(CheckVectors(data, indices, ids));
  int64_t segments = 0;
  if (ids.num_elements() > 0 && __builtin_add_overflow(IntAt(ids, ids.num_elements() - 1), 1, &segments)) {
    return ModelError("segment ids must be < num_segments");
  }
  if (ctx.num_inputs() > 3) {
    SMCLI_ASSIGN_OR_RETURN(const int64_t wanted, ScalarInt(ctx.input(3), "num_segments"));
    if (segments > wanted && wanted >= 0) return ModelError("segment ids must be < num_segments");
    segments = wanted;
  }
  if (segments < 0) return ModelError("segment ids must be >= 0");
  SMCLI_ASSIGN_OR_RETURN(const Shape shape, RowsLike(data.shape(), segments));
  SMCLI_RETURN_IF_ERROR(CheckValues(data, indices, ids, segments));
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, data.dtype(), shape));
  FillZero(*out);
  if (out->num_elements() == 0 || ids.num_elements() == 0) return {};
  DispatchRealNumbers(data.dtype(),
                      [&](auto tag) { ReduceRows<typename decltype(tag)::type>(kCombiner, data, indices, ids, *out); });
  return {};
}

// (grad, indices, segment_ids, output_dim0): each row of grad goes back to the rows that were summed into it. V2 puts
// out only the rows that an index names, in their order, and these indices.
template <Combiner kCombiner, bool kOnlyNamed = false>
Status SparseSegmentGrad(KernelContext& ctx) {
  const Tensor& grad = ctx.input(0);
  const Tensor& indices = ctx.input(1);
  const Tensor& ids = ctx.input(2);
  SMCLI_RETURN_IF_ERROR(CheckVectors(grad, indices, ids));
  SMCLI_ASSIGN_OR_RETURN(const int64_t rows, ScalarInt(ctx.input(3), "output_dim0"));
  if (rows < 0) return ModelError("output_dim0 must be >= 0, got {}", rows);
  std::vector<int64_t> counts(static_cast<size_t>(grad.dim(0)));
  for (int64_t i = 0; i < ids.num_elements(); ++i) {
    const int64_t id = IntAt(ids, i), index = IntAt(indices, i);
    if (id < 0 || id >= grad.dim(0)) return ModelError("Segment id {} out of range [0, {}).", id, grad.dim(0));
    if (index < 0 || index >= rows) return ModelError("Index {} out of range [0, {}).", index, rows);
    ++counts[static_cast<size_t>(id)];
  }
  std::vector<int64_t> named;
  if constexpr (kOnlyNamed) named = SortedUnique(indices);
  const int64_t out_rows = kOnlyNamed ? static_cast<int64_t>(named.size()) : rows;
  SMCLI_ASSIGN_OR_RETURN(const Shape shape, RowsLike(grad.shape(), out_rows));
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, grad.dtype(), shape));
  FillZero(*out);
  if constexpr (kOnlyNamed) {
    SMCLI_ASSIGN_OR_RETURN(Tensor places, CastTensor(ctx.pool(), Tensor::Vector<int64_t>(named), indices.dtype()));
    ctx.set_output(1, std::move(places));
  }
  if (grad.num_elements() == 0) return {};
  const int64_t slice = grad.num_elements() / grad.dim(0);
  DispatchFloats(grad.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    using Acc = std::conditional_t<kIsFloat16<T>, float, T>;
    T* to = out->mutable_data<T>();
    for (int64_t i = 0; i < ids.num_elements(); ++i) {
      const int64_t id = IntAt(ids, i);
      const T* from = grad.data<T>() + id * slice;
      const int64_t index = IntAt(indices, i);
      T* row = to + (kOnlyNamed ? std::ranges::lower_bound(named, index) - named.begin() : index) * slice;
      const Acc scale = ScaleOf<Acc>(kCombiner, counts[static_cast<size_t>(id)]);
      for (int64_t k = 0; k < slice; ++k) row[k] = Plus(row[k], static_cast<T>(static_cast<Acc>(from[k]) * scale));
    }
  });
  return {};
}

constexpr Tolerance kRounding = Tolerance::kRounding;
using Types = std::array<TypeConstraint, 3>;
constexpr Types kReal = {{{"T", kRealNumbers}}};
constexpr Types kFloat = {{{"T", kFloats}}};

constexpr Op kOps[] = {
    {.name = "SparseSegmentMean",
     .types = kFloat,
     .make = MakeFunctionKernel<SparseSegment<Combiner::kMean>>,
     .tolerance = kRounding},
    {.name = "SparseSegmentMeanGrad",
     .types = kFloat,
     .make = MakeFunctionKernel<SparseSegmentGrad<Combiner::kMean>>,
     .tolerance = kRounding},
    {.name = "SparseSegmentMeanGradV2",
     .types = kFloat,
     .make = MakeFunctionKernel<SparseSegmentGrad<Combiner::kMean, true>>,
     .tolerance = kRounding},
    {.name = "SparseSegmentMeanWithNumSegments",
     .types = kFloat,
     .make = MakeFunctionKernel<SparseSegment<Combiner::kMean>>,
     .tolerance = kRounding},
    {.name = "SparseSegmentSqrtN",
     .types = kFloat,
     .make = MakeFunctionKernel<SparseSegment<Combiner::kSqrtN>>,
     .tolerance = kRounding},
    {.name = "SparseSegmentSqrtNGrad",
     .types = kFloat,
     .make = MakeFunctionKernel<SparseSegmentGrad<Combiner::kSqrtN>>,
     .tolerance = kRounding},
    {.name = "SparseSegmentSqrtNGradV2",
     .types = kFloat,
     .make = MakeFunctionKernel<SparseSegmentGrad<Combiner::kSqrtN, true>>,
     .tolerance = kRounding},
    {.name = "SparseSegmentSqrtNWithNumSegments",
     .types = kFloat,
     .make = MakeFunctionKernel<SparseSegment<Combiner::kSqrtN>>,
     .tolerance = kRounding},
    {.name = "SparseSegmentSum",
     .types = kReal,
     .make = MakeFunctionKernel<SparseSegment<Combiner::kSum>>,
     .tolerance = kRounding},
    {.name = "SparseSegmentSumGrad",
     .types = kFloat,
     .make = MakeFunctionKernel<SparseSegmentGrad<Combiner::kSum>>,
     .tolerance = kRounding},
    {.name = "SparseSegmentSumGradV2",
     .types = kFloat,
     .make = MakeFunctionKernel<SparseSegmentGrad<Combiner::kSum, true>>,
     .tolerance = kRounding},
    {.name = "SparseSegmentSumWithNumSegments",
     .types = kReal,
     .make = MakeFunctionKernel<SparseSegment<Combiner::kSum>>,
     .tolerance = kRounding},
};

}  // namespace

std::span<const Op> SparseSegmentOps() { return kOps; }

}  // namespace smcli
