// Where, binary searches (LowerBound, UpperBound) and the ops that sort numbers into buckets.
#include <algorithm>

#include "ops/arithmetic.h"
#include "ops/int_args.h"
#include "ops/op.h"
#include "ops/order.h"

namespace smcli {
namespace {

template <typename T>
bool NonZero(const T& value) {
  if constexpr (kIsFloat16<T>) {
    return (value.bits & 0x7fffu) != 0;
  } else {
    return value != T(0);
  }
}

// The coordinates of all elements that are not zero, in row-major order.
template <typename T>
Status Coordinates(KernelContext& ctx) {
  const Tensor& input = ctx.input(0);
  const T* values = input.data<T>();
  const int64_t count = input.num_elements();
  int64_t found = 0;
  for (int64_t i = 0; i < count; ++i) found += NonZero(values[i]) ? 1 : 0;
  const int rank = input.rank();
  SMCLI_ASSIGN_OR_RETURN(const Shape shape, CheckedShape(std::array<int64_t, 2>{found, rank}));
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, DataType::kInt64, shape));
  int64_t* to = out->mutable_data<int64_t>();
  if (rank == 1) {
    for (int64_t i = 0; i < count; ++i) {
      if (NonZero(values[i])) *to++ = i;
    }
    return {};
  }
  IntList index;
  index.assign(rank, 0);
  const int64_t inner = count > 0 ? input.dim(rank - 1) : 1;
  for (int64_t row = 0; row < count; row += inner) {
    for (int64_t i = 0; i < inner; ++i) {
      if (!NonZero(values[row + i])) continue;
      to = std::copy_n(index.begin(), rank - 1, to);
      *to++ = i;
    }
    for (int d = rank - 2; d >= 0 && ++index[d] == input.dim(d); --d) index[d] = 0;
  }
  return {};
}

Status Where(KernelContext& ctx) {
  const Tensor& input = ctx.input(0);
  if (input.rank() == 0) return ModelError("WhereOp : Unhandled input dimensions: 0");
  Status status;
  DispatchNumbersAndBool(input.dtype(), [&](auto tag) { status = Coordinates<typename decltype(tag)::type>(ctx); });
  return status;
}

// For each value the place in its row of sorted inputs where it belongs: before (Lower) or behind (Upper) its equals.
template <bool kUpper>
class Bound final : public Kernel {
 public:
  static Result<Bound> Make(const NodeInfo& node) {
    Bound kernel;
    kernel.out_type_ = node.output_types[0];
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const Tensor& sorted = ctx.input(0);
    const Tensor& values = ctx.input(1);
    if (sorted.rank() != 2 || values.rank() != 2) {
      return ModelError("Shape must be rank 2 but is rank {} for sorted_inputs and {} for values", sorted.rank(),
                        values.rank());
    }
    if (sorted.dim(0) != values.dim(0)) return ModelError("Leading dim_size of both tensors must match.");
    if (out_type_ == DataType::kInt32 && sorted.dim(1) > std::numeric_limits<int32_t>::max()) {
      return ModelError("output tensor of type int32 cannot hold positions in {} sorted inputs", sorted.dim(1));
    }
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, out_type_, values.shape()));
    DispatchRealNumbers(values.dtype(), [&](auto tag) {
      using T = typename decltype(tag)::type;
      if (out_type_ == DataType::kInt32) {
        Search(sorted, values.data<T>(), values.dim(1), out->mutable_data<int32_t>());
      } else {
        Search(sorted, values.data<T>(), values.dim(1), out->mutable_data<int64_t>());
      }
    });
    return {};
  }

 private:
  template <typename T, typename Index>
  static void Search(const Tensor& sorted, const T* values, int64_t per_row, Index* out) {
    const int64_t width = sorted.dim(1);
    for (int64_t row = 0; row < sorted.dim(0); ++row) {
      const T* begin = sorted.data<T>() + row * width;
      for (int64_t i = 0; i < per_row; ++i) {
        const T value = *values++;
        const T* place = kUpper ? std::upper_bound(begin, begin + width, value, Less<T>)
                                : std::lower_bound(begin, begin + width, value, Less<T>);
        *out++ = static_cast<Index>(place - begin);
      }
    }
  }

  DataType out_type_ = DataType::kInt32;
};

template <typename T>
void SortIntoBuckets(const Tensor& values, std::span<const float> boundaries, Tensor& out) {
  std::ranges::transform(values.flat<T>(), out.mutable_data<int32_t>(), [&](T value) {
    const auto place = std::upper_bound(boundaries.begin(), boundaries.end(), value, [](T v, float boundary) {
      if constexpr (std::is_integral_v<T>) return static_cast<float>(v) < boundary;
      return v < static_cast<T>(boundary);
    });
    return static_cast<int32_t>(place - boundaries.begin());
  });
}

// (values) with boundaries as an attribute, or (values, boundaries): the number of boundaries that are not above.
class Bucketize final : public Kernel {
 public:
  static Result<Bucketize> Make(const NodeInfo& node) {
    Bucketize kernel;
    if (node.num_inputs() > 1) return kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.boundaries_, node.attrs.Floats("boundaries"));
    if (!std::ranges::is_sorted(kernel.boundaries_)) return ModelError("Expected sorted boundaries");
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const Tensor& values = ctx.input(0);
    std::span<const float> boundaries = boundaries_;
    if (ctx.num_inputs() > 1) {
      if (ctx.input(1).dtype() != DataType::kFloat)
        return UnsupportedError("boundaries of type {}", Name(ctx.input(1).dtype()));
      boundaries = ctx.input(1).flat<float>();
      if (!std::ranges::is_sorted(boundaries)) return ModelError("Expected sorted boundaries");
    }
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, DataType::kInt32, values.shape()));
    switch (values.dtype()) {
      case DataType::kFloat: SortIntoBuckets<float>(values, boundaries, *out); break;
      case DataType::kDouble: SortIntoBuckets<double>(values, boundaries, *out); break;
      case DataType::kInt32: SortIntoBuckets<int32_t>(values, boundaries, *out); break;
      default: SortIntoBuckets<int64_t>(values, boundaries, *out);
    }
    return {};
  }

 private:
  std::vector<float> boundaries_;
};

// N features, then the boundaries of each: the first boundary that is not below the value, at most the last one
// (TensorFlow up to 2.12: kernels/boosted_trees/quantile_ops.cc).
Status BoostedTreesBucketize(KernelContext& ctx) {
  const int features = ctx.num_outputs();
  for (int f = 0; f < features; ++f) {
    const Tensor& values = ctx.input(f);
    const auto boundaries = ctx.input(features + f).flat<float>();
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(f, DataType::kInt32, values.shape()));
    std::ranges::transform(values.flat<float>(), out->mutable_data<int32_t>(), [&](float value) {
      const auto place = std::ranges::lower_bound(boundaries, value) - boundaries.begin();
      return static_cast<int32_t>(std::max<int64_t>(0, std::min<int64_t>(place, std::ssize(boundaries) - 1)));
    });
  }
  return {};
}

constexpr DataTypeSet kBucketTypes = DataType::kInt32 | DataType::kInt64 | DataType::kFloat | DataType::kDouble;

constexpr Op kOps[] = {
    {.name = "BoostedTreesBucketize", .types = {}, .make = MakeFunctionKernel<BoostedTreesBucketize>},
    {.name = "Bucketize", .types = {{{"T", kBucketTypes}}}, .make = MakeKernel<Bucketize>},
    {.name = "BucketizeWithInputBoundaries", .types = {{{"T", kBucketTypes}}}, .make = MakeKernel<Bucketize>},
    {.name = "LowerBound", .types = {{{"T", kRealNumbers}}}, .make = MakeKernel<Bound<false>>},
    {.name = "UpperBound", .types = {{{"T", kRealNumbers}}}, .make = MakeKernel<Bound<true>>},
    {.name = "Where", .types = {{{"T", kNumbers | kQuantized | DataType::kBool}}}, .make = MakeFunctionKernel<Where>},
};

}  // namespace

std::span<const Op> ArraySearchOps() { return kOps; }

}  // namespace smcli
