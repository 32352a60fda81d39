// Segment* and UnsortedSegment*: rows reduced together that carry the same id.
#include <complex>
#include <limits>

#include "ops/arithmetic.h"
#include "ops/int_args.h"
#include "ops/move.h"
#include "ops/op.h"
#include "ops/scatter.h"

namespace smcli {
namespace {

using Action = ScatterAction;

template <typename T>
T LowestOf() {
  if constexpr (std::is_same_v<T, Half>) {
    return Half(-65504.0f);
  } else if constexpr (std::is_same_v<T, BFloat16>) {
    return std::bit_cast<BFloat16>(uint16_t{0xff7f});
  } else {
    return std::numeric_limits<T>::lowest();
  }
}
template <typename T>
T HighestOf() {
  if constexpr (kIsFloat16<T>) {
    return T(-static_cast<float>(LowestOf<T>()));
  } else {
    return std::numeric_limits<T>::max();
  }
}

// What a segment without rows is, when the op says it is not zero.
void FillEmpty(Action action, Tensor& out) {
  DispatchNumbers(out.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    auto values = out.mutable_flat<T>();
    if (action == Action::kMul) std::ranges::fill(values, T(1));
    if constexpr (!std::is_same_v<T, std::complex<float>> && !std::is_same_v<T, std::complex<double>>) {
      if (action == Action::kLastMin) std::ranges::fill(values, HighestOf<T>());
      if (action == Action::kLastMax) std::ranges::fill(values, LowestOf<T>());
    }
  });
}

Result<Shape> SegmentShape(int64_t segments, const Shape& data, int ids_rank) {
  IntList dims;
  dims.push_back(segments);
  dims.append(data.dims().subspan(static_cast<size_t>(ids_rank)));
  return CheckedShape(dims);
}

// (data, segment_ids, num_segments): negative ids are dropped, those too large refused.
template <Action kAction>
Status UnsortedSegment(KernelContext& ctx) {
  const Tensor& data = ctx.input(0);
  const Tensor& ids = ctx.input(1);
  SMCLI_ASSIGN_OR_RETURN(const int64_t segments, ScalarInt(ctx.input(2), "num_segments"));
  if (segments < 0) return ModelError("Input num_segments == {} must not be negative.", segments);
  if (ids.rank() > data.rank() ||
      !std::ranges::equal(data.shape().dims().first(static_cast<size_t>(ids.rank())), ids.shape().dims())) {
    return ModelError("data.shape = {} does not start with segment_ids.shape = {}", data.shape().ToString(),
                      ids.shape().ToString());
  }
  if (ids.rank() == 0 && data.rank() == kMaxRank) return ModelError("the result has too many dimensions");
  SMCLI_ASSIGN_OR_RETURN(const Shape shape, SegmentShape(segments, data.shape(), ids.rank()));
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, data.dtype(), shape));
  FillZero(*out);
  FillEmpty(kAction, *out);
  if (data.num_elements() == 0) return {};
  std::vector<int64_t> places(static_cast<size_t>(ids.num_elements()));
  for (size_t i = 0; i < places.size(); ++i) {
    const int64_t id = IntAt(ids, static_cast<int64_t>(i));
    if (id >= segments) return ModelError("segment_ids[{}] = {} is out of range [0, {})", i, id, segments);
    places[i] = id;
  }
  return ScatterRows(kAction, places, data.num_elements() / ids.num_elements(), data, false, *out);
}

// The ids of a sorted op: a vector, one for each row, not decreasing.
Result<std::vector<int64_t>> SortedIds(const Tensor& ids, const Tensor& data) {
  if (data.rank() < 1) return ModelError("input must be at least rank 1");
  if (ids.rank() != 1) return ModelError("segment_ids should be a vector.");
  if (ids.num_elements() != data.dim(0))
    return ModelError("segment_ids should be the same size as dimension 0 of input.");
  std::vector<int64_t> places(static_cast<size_t>(ids.num_elements()));
  for (size_t i = 0; i < places.size(); ++i) {
    places[i] = IntAt(ids, static_cast<int64_t>(i));
    if (places[i] < 0 || places[i] == std::numeric_limits<int64_t>::max()) {
      return ModelError("Segment id {} out of range: segment ids must be >= 0", places[i]);
    }
    if (i > 0 && places[i] < places[i - 1]) return ModelError("segment ids are not increasing");
  }
  return places;
}

// Reduces the rows of each segment; the first one is copied, so that no neutral element is needed.
Status ReduceSorted(Action action, const std::vector<int64_t>& ids, const Tensor& data, Tensor& out) {
  if (data.num_elements() == 0) return {};
  const int64_t slice = data.num_elements() / std::ssize(ids);
  std::vector<int64_t> firsts(ids), others(ids);
  for (size_t i = 0; i < ids.size(); ++i) {
    const bool first = i == 0 || ids[i] != ids[i - 1];
    (first ? others : firsts)[i] = -1;
  }
  SMCLI_RETURN_IF_ERROR(ScatterRows(Action::kUpdate, firsts, slice, data, false, out));
  return ScatterRows(action, others, slice, data, false, out);
}

// (data, segment_ids): as many segments as the last id says. Those without rows are 1 for Prod, else 0.
template <Action kAction>
Status Segment(KernelContext& ctx) {
  const Tensor& data = ctx.input(0);
  SMCLI_ASSIGN_OR_RETURN(const std::vector<int64_t> ids, SortedIds(ctx.input(1), data));
  SMCLI_ASSIGN_OR_RETURN(const Shape shape, SegmentShape(ids.empty() ? 0 : ids.back() + 1, data.shape(), 1));
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, data.dtype(), shape));
  FillZero(*out);
  if (kAction == Action::kMul) FillEmpty(kAction, *out);
  return ReduceSorted(kAction, ids, data, *out);
}

template <typename T>
T OverCount(T sum, int64_t count) {
  if constexpr (kIsFloat16<T>) {
    return T(static_cast<float>(sum) / static_cast<float>(T(static_cast<float>(count))));
  } else if constexpr (std::is_integral_v<T>) {
    const T divisor = static_cast<T>(count);
    return divisor == 0 || divisor == static_cast<T>(-1) ? Minus(T(0), sum) : static_cast<T>(sum / divisor);
  } else if constexpr (std::is_floating_point_v<T>) {
    return sum / static_cast<T>(count);
  } else {
    return sum / static_cast<typename T::value_type>(count);
  }
}

// Sums as SegmentSum does (integers wrap) and divides by the number of rows; integers truncate.
Status SegmentMean(KernelContext& ctx) {
  SMCLI_RETURN_IF_ERROR(Segment<Action::kAdd>(ctx));
  SMCLI_ASSIGN_OR_RETURN(const std::vector<int64_t> ids, SortedIds(ctx.input(1), ctx.input(0)));
  Tensor& out = ctx.output(0);
  if (out.num_elements() == 0) return {};
  const int64_t slice = out.num_elements() / out.dim(0);
  DispatchNumbers(out.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    T* sums = out.mutable_data<T>();
    for (size_t begin = 0; begin < ids.size();) {
      size_t end = begin + 1;
      while (end < ids.size() && ids[end] == ids[begin]) ++end;
      T* row = sums + ids[begin] * slice;
      if (end - begin > 1) {
        for (int64_t k = 0; k < slice; ++k) row[k] = OverCount(row[k], static_cast<int64_t>(end - begin));
      }
      begin = end;
    }
  });
  return {};
}

constexpr Op kOps[] = {
    {.name = "SegmentMax", .types = {{{"T", kRealNumbers}}}, .make = MakeFunctionKernel<Segment<Action::kLastMax>>},
    {.name = "SegmentMean",
     .types = {{{"T", kNumbers}}},
     .make = MakeFunctionKernel<SegmentMean>,
     .tolerance = Tolerance::kRounding},
    {.name = "SegmentMin", .types = {{{"T", kRealNumbers}}}, .make = MakeFunctionKernel<Segment<Action::kLastMin>>},
    {.name = "SegmentProd",
     .types = {{{"T", kNumbers}}},
     .make = MakeFunctionKernel<Segment<Action::kMul>>,
     .tolerance = Tolerance::kRounding},
    {.name = "SegmentSum",
     .types = {{{"T", kNumbers}}},
     .make = MakeFunctionKernel<Segment<Action::kAdd>>,
     .tolerance = Tolerance::kRounding},
    {.name = "UnsortedSegmentMax",
     .types = {{{"T", kRealNumbers}}},
     .make = MakeFunctionKernel<UnsortedSegment<Action::kLastMax>>},
    {.name = "UnsortedSegmentMin",
     .types = {{{"T", kRealNumbers}}},
     .make = MakeFunctionKernel<UnsortedSegment<Action::kLastMin>>},
    {.name = "UnsortedSegmentProd",
     .types = {{{"T", kNumbers}}},
     .make = MakeFunctionKernel<UnsortedSegment<Action::kMul>>,
     .tolerance = Tolerance::kRounding},
    {.name = "UnsortedSegmentSum",
     .types = {{{"T", kNumbers}}},
     .make = MakeFunctionKernel<UnsortedSegment<Action::kAdd>>,
     .tolerance = Tolerance::kRounding},
};

}  // namespace

std::span<const Op> SegmentOps() { return kOps; }

}  // namespace smcli
