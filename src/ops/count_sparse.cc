// Dense-, Sparse- and RaggedCountSparseOutput: how often each number occurs, row by row, as a sparse tensor.
#include <algorithm>

#include "ops/arithmetic.h"
#include "ops/int_args.h"
#include "ops/op.h"

namespace smcli {
namespace {

// One counted value: in which row, which number, and which of the inputs it was.
struct Occurrence {
  int64_t row, value, input;
};

struct Options {
  int64_t min_length = -1, max_length = -1;
  bool binary = false;
};

// What the three forms leave to be counted.
struct Counted {
  const Tensor* values = nullptr;
  const Tensor* weights = nullptr;
  bool batched = true;  // results are [rows, numbers], else [numbers]
  int64_t rows = 1;
  std::vector<int64_t> row_of = {};  // per value
};

template <typename T>
void SumGroups(const std::vector<Occurrence>& sorted, const Tensor& weights, bool binary, Tensor& sums) {
  T* to = sums.mutable_data<T>();
  size_t group = 0;
  for (size_t i = 0; i < sorted.size(); ++i) {
    const bool first = i == 0 || sorted[i].row != sorted[i - 1].row || sorted[i].value != sorted[i - 1].value;
    const T weight = weights.num_elements() > 0 && !binary ? weights.data<T>()[sorted[i].input] : T(1);
    group += first && i > 0 ? 1 : 0;
    if (first) {
      to[group] = weight;
    } else if (!binary) {
      to[group] = Plus(to[group], weight);
    }
  }
}

Result<std::vector<Occurrence>> Sorted(const Counted& counted, const Options& options, int64_t& largest) {
  std::vector<Occurrence> kept;
  for (int64_t i = 0; i < counted.values->num_elements(); ++i) {
    const int64_t value = IntAt(*counted.values, i);
    if (value < 0) return ModelError("Input values must all be non-negative");
    if (options.max_length >= 0 && value >= options.max_length) continue;
    largest = std::max(largest, value);
    kept.push_back({counted.row_of[static_cast<size_t>(i)], value, i});
  }
  std::ranges::stable_sort(kept, [](const Occurrence& a, const Occurrence& b) {
    return a.row != b.row ? a.row < b.row : a.value < b.value;
  });
  return kept;
}

Status CountSparse(KernelContext& ctx, const Counted& counted, const Options& options) {
  const Tensor& weights = *counted.weights;
  int64_t largest = 0, length = 0;
  SMCLI_ASSIGN_OR_RETURN(const std::vector<Occurrence> sorted, Sorted(counted, options, largest));
  if (__builtin_add_overflow(largest, 1, &length)) return ModelError("the largest number is too large to count up to");
  length = options.max_length >= 0 ? options.max_length : std::max(length, options.min_length);
  int64_t groups = 0;
  std::vector<int64_t> indices;
  for (size_t i = 0; i < sorted.size(); ++i) {
    if (i > 0 && sorted[i].row == sorted[i - 1].row && sorted[i].value == sorted[i - 1].value) continue;
    if (counted.batched) indices.push_back(sorted[i].row);
    indices.push_back(sorted[i].value);
    ++groups;
  }
  SMCLI_ASSIGN_OR_RETURN(const Tensor flat, IntVector(DataType::kInt64, indices));
  ctx.set_output(0, flat.Reshaped(Shape{groups, counted.batched ? 2 : 1}));
  SMCLI_ASSIGN_OR_RETURN(Tensor * sums, ctx.Allocate(1, weights.dtype(), Shape{groups}));
  switch (weights.dtype()) {
    case DataType::kInt32: SumGroups<int32_t>(sorted, weights, options.binary, *sums); break;
    case DataType::kInt64: SumGroups<int64_t>(sorted, weights, options.binary, *sums); break;
    case DataType::kFloat: SumGroups<float>(sorted, weights, options.binary, *sums); break;
    default: SumGroups<double>(sorted, weights, options.binary, *sums);
  }
  const std::array<int64_t, 2> shape = {counted.rows, length};
  ctx.set_output(2, Tensor::Vector<int64_t>(std::span(shape).subspan(counted.batched ? 0 : 1)));
  return {};
}

Status CheckWeights(const Tensor& weights, const Tensor& values) {
  if (weights.num_elements() == 0 || weights.shape() == values.shape()) return {};
  return ModelError("Weights and data must have the same shape. Weight shape: {}; data shape: {}",
                    weights.shape().ToString(), values.shape().ToString());
}

// (values, weights): a vector, or a matrix counted row by row.
Result<Counted> CountDense(KernelContext& ctx) {
  Counted counted{.values = &ctx.input(0), .weights = &ctx.input(1)};
  const Shape& shape = ctx.input(0).shape();
  if (shape.rank() != 1 && shape.rank() != 2) {
    return ModelError("Input must be a 1 or 2-dimensional tensor. Got: {}", shape.ToString());
  }
  SMCLI_RETURN_IF_ERROR(CheckWeights(*counted.weights, *counted.values));
  counted.batched = shape.rank() == 2;
  counted.rows = counted.batched ? shape.dim(0) : 1;
  if (counted.rows == 0) return ModelError("a matrix without rows: {}", shape.ToString());
  for (int64_t i = 0; i < shape.num_elements(); ++i) counted.row_of.push_back(counted.batched ? i / shape.dim(1) : 0);
  return counted;
}

// (indices, values, dense_shape, weights).
Result<Counted> CountSparseTensor(KernelContext& ctx) {
  const Tensor& indices = ctx.input(0);
  Counted counted{.values = &ctx.input(1), .weights = &ctx.input(3)};
  SMCLI_ASSIGN_OR_RETURN(const IntList dense, VectorInts(ctx.input(2), "dense_shape"));
  if (indices.rank() != 2 || counted.values->rank() != 1 || indices.dim(0) != counted.values->dim(0) ||
      indices.dim(1) != dense.size() || dense.empty()) {
    return ModelError("indices {}, values {} and a dense_shape of {} dimensions do not make a sparse tensor",
                      indices.shape().ToString(), counted.values->shape().ToString(), dense.size());
  }
  SMCLI_RETURN_IF_ERROR(CheckWeights(*counted.weights, *counted.values));
  counted.batched = dense.size() > 1;
  counted.rows = counted.batched ? dense[0] : 1;
  if (counted.rows <= 0)
    return ModelError("Must provide at least one row, got dense_shape [{}]", fmt::join(dense.span(), ","));
  for (int64_t i = 0; i < indices.dim(0); ++i) {
    const int64_t* index = indices.data<int64_t>() + i * dense.size();
    for (int d = 0; d < dense.size(); ++d) {
      if (index[d] >= 0 && index[d] < dense[d]) continue;
      return ModelError("Invalid index value at {}: dimension {} has value {} which is not in [0, {})", i, d, index[d],
                        dense[d]);
    }
    counted.row_of.push_back(counted.batched ? index[0] : 0);
  }
  return counted;
}

// (splits, values, weights).
Result<Counted> CountRagged(KernelContext& ctx) {
  const Tensor& splits = ctx.input(0);
  Counted counted{.values = &ctx.input(1), .weights = &ctx.input(2)};
  const int64_t count = counted.values->num_elements();
  if (splits.rank() != 1 || splits.num_elements() < 2)
    return ModelError("Must provide at least 2 elements for the splits argument");
  const auto ends = splits.flat<int64_t>();
  if (ends.front() != 0) return ModelError("Splits must start with 0, not with {}", ends.front());
  if (ends.back() != count) {
    return ModelError("Splits must end with the number of values, got {} instead of {}", ends.back(), count);
  }
  SMCLI_RETURN_IF_ERROR(CheckWeights(*counted.weights, *counted.values));
  counted.rows = std::ssize(ends) - 1;
  size_t row_end = 0;  // the last split is the number of values, so the search ends
  for (int64_t i = 0; i < count; ++i) {
    while (i >= ends[row_end]) ++row_end;
    counted.row_of.push_back(static_cast<int64_t>(row_end) - 1);
  }
  return counted;
}

template <Result<Counted> (*kRead)(KernelContext&)>
class CountSparseOutput final : public Kernel {
 public:
  static Result<CountSparseOutput> Make(const NodeInfo& node) {
    CountSparseOutput kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.options_.min_length, node.attrs.Int("minlength"));
    SMCLI_ASSIGN_OR_RETURN(kernel.options_.max_length, node.attrs.Int("maxlength"));
    SMCLI_ASSIGN_OR_RETURN(kernel.options_.binary, node.attrs.Bool("binary_output"));
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    SMCLI_ASSIGN_OR_RETURN(const Counted counted, kRead(ctx));
    return CountSparse(ctx, counted, options_);
  }

 private:
  Options options_;
};

constexpr Op kOps[] = {
    {.name = "DenseCountSparseOutput", .types = {}, .make = MakeKernel<CountSparseOutput<CountDense>>},
    {.name = "RaggedCountSparseOutput", .types = {}, .make = MakeKernel<CountSparseOutput<CountRagged>>},
    {.name = "SparseCountSparseOutput", .types = {}, .make = MakeKernel<CountSparseOutput<CountSparseTensor>>},
};

}  // namespace

std::span<const Op> CountSparseOps() { return kOps; }

}  // namespace smcli
