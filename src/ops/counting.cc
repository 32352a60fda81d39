// Bincount and its dense, sparse and ragged forms, and HistogramFixedWidth: how often each number occurs.
#include <cmath>

#include "ops/arithmetic.h"
#include "ops/int_args.h"
#include "ops/move.h"
#include "ops/op.h"

namespace smcli {
namespace {

// Adds to bins[row of value i][values[i]] the weight of value i, or 1; with `binary` sets it to 1. Numbers from `size`
// on are passed over, and so are negative ones where the caller has not refused them. row_of(i) gives the row of bins.
template <typename T, typename RowOf>
void CountInto(const Tensor& values, const Tensor& weights, int64_t size, bool binary, RowOf&& row_of, Tensor& out) {
  T* bins = out.mutable_data<T>();
  const T* weight = weights.num_elements() > 0 ? weights.data<T>() : nullptr;
  for (int64_t i = 0; i < values.num_elements(); ++i) {
    const int64_t value = IntAt(values, i), row = row_of(i);
    if (value < 0 || value >= size) continue;
    T& bin = bins[row * size + value];
    bin = binary ? T(1) : Plus(bin, weight != nullptr ? weight[i] : T(1));
  }
}

template <typename RowOf>
void Count(const Tensor& values, const Tensor& weights, int64_t size, bool binary, RowOf&& row_of, Tensor& out) {
  FillZero(out);
  switch (out.dtype()) {
    case DataType::kInt32: return CountInto<int32_t>(values, weights, size, binary, row_of, out);
    case DataType::kInt64: return CountInto<int64_t>(values, weights, size, binary, row_of, out);
    case DataType::kFloat: return CountInto<float>(values, weights, size, binary, row_of, out);
    default: return CountInto<double>(values, weights, size, binary, row_of, out);
  }
}

Status RefuseNegative(const Tensor& values) {
  for (int64_t i = 0; i < values.num_elements(); ++i) {
    if (IntAt(values, i) < 0) return ModelError("Input must be non-negative: {}", IntAt(values, i));
  }
  return {};
}

Result<int64_t> ReadSize(const Tensor& size) {
  SMCLI_ASSIGN_OR_RETURN(const int64_t count, ScalarInt(size, "size"));
  if (count < 0) return ModelError("size ({}) must be non-negative", count);
  return count;
}

Status CheckWeights(const Tensor& weights, const Tensor& values) {
  if (weights.num_elements() == 0 || weights.num_elements() == values.num_elements()) return {};
  return ModelError("weights must have the shape of the values or be empty (all 1). Received {}",
                    weights.shape().ToString());
}

Result<Tensor*> AllocateBins(KernelContext& ctx, DataType dtype, std::initializer_list<int64_t> dims) {
  SMCLI_ASSIGN_OR_RETURN(const Shape shape, CheckedShape(std::span(dims.begin(), dims.size())));
  return ctx.Allocate(0, dtype, shape);
}

int64_t OneRow(int64_t) { return 0; }

// (arr, size, weights) of any shape.
Status Bincount(KernelContext& ctx) {
  const Tensor& values = ctx.input(0);
  const Tensor& weights = ctx.input(2);
  SMCLI_ASSIGN_OR_RETURN(const int64_t size, ReadSize(ctx.input(1)));
  SMCLI_RETURN_IF_ERROR(CheckWeights(weights, values));
  SMCLI_RETURN_IF_ERROR(RefuseNegative(values));
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, AllocateBins(ctx, weights.dtype(), {size}));
  Count(values, weights, size, false, OneRow, *out);
  return {};
}

// The forms that count per row; each says with Rows(ctx) how the values fall into rows.
template <typename Form>
class RowBincount final : public Kernel {
 public:
  static Result<RowBincount> Make(const NodeInfo& node) {
    RowBincount kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.binary_, node.attrs.Bool("binary_output"));
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override { return Form::Compute(ctx, binary_); }

 private:
  bool binary_ = false;
};

// (input, size, weights): a vector, or a matrix counted row by row.
struct DenseForm {
  static Status Compute(KernelContext& ctx, bool binary) {
    const Tensor& values = ctx.input(0);
    const Tensor& weights = ctx.input(2);
    if (values.rank() > 2) return ModelError("Shape must be at most rank 2 but is rank {}", values.rank());
    SMCLI_ASSIGN_OR_RETURN(const int64_t size, ReadSize(ctx.input(1)));
    if (weights.num_elements() != 0 && !(weights.shape() == values.shape())) {
      return ModelError(
          "`weights` must be the same shape as `arr` or a length-0 `Tensor`, in which case it acts as all "
          "weights equal to 1. Received {}",
          weights.shape().ToString());
    }
    SMCLI_RETURN_IF_ERROR(RefuseNegative(values));
    if (values.rank() < 2) {
      SMCLI_ASSIGN_OR_RETURN(Tensor * out, AllocateBins(ctx, weights.dtype(), {size}));
      Count(values, weights, size, binary, OneRow, *out);
      return {};
    }
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, AllocateBins(ctx, weights.dtype(), {values.dim(0), size}));
    Count(
        values, weights, size, binary, [columns = values.dim(1)](int64_t i) { return i / columns; }, *out);
    return {};
  }
};

// (indices, values, dense_shape, size, weights): one count for a sparse vector, else one per entry of the first
// dimension.
struct SparseForm {
  static Status Compute(KernelContext& ctx, bool binary) {
    const Tensor& indices = ctx.input(0);
    const Tensor& values = ctx.input(1);
    const Tensor& weights = ctx.input(4);
    SMCLI_ASSIGN_OR_RETURN(const IntList dense, VectorInts(ctx.input(2), "dense_shape"));
    SMCLI_ASSIGN_OR_RETURN(const int64_t size, ReadSize(ctx.input(3)));
    if (indices.rank() != 2 || values.rank() != 1 || indices.dim(0) != values.dim(0) ||
        indices.dim(1) != dense.size() || dense.empty()) {
      return ModelError("indices {}, values {} and a dense_shape of {} dimensions do not make a sparse tensor",
                        indices.shape().ToString(), values.shape().ToString(), dense.size());
    }
    SMCLI_RETURN_IF_ERROR(CheckWeights(weights, values));
    const int64_t* at = indices.data<int64_t>();
    for (int64_t i = 0; i < indices.num_elements(); ++i) {
      const int64_t extent = dense[static_cast<int>(i % dense.size())];
      if (at[i] < 0 || at[i] >= extent) {
        return ModelError("indices[{}] = {} is out of bounds: need 0 <= index < {}", i / dense.size(), at[i], extent);
      }
    }
    if (dense.size() == 1) {
      SMCLI_ASSIGN_OR_RETURN(Tensor * out, AllocateBins(ctx, weights.dtype(), {size}));
      Count(values, weights, size, binary, OneRow, *out);
      return {};
    }
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, AllocateBins(ctx, weights.dtype(), {dense[0], size}));
    Count(
        values, weights, size, binary, [&](int64_t i) { return at[i * dense.size()]; }, *out);
    return {};
  }
};

// (splits, values, size, weights): one count per ragged row.
struct RaggedForm {
  static Status Compute(KernelContext& ctx, bool binary) {
    const Tensor& splits = ctx.input(0);
    const Tensor& values = ctx.input(1);
    const Tensor& weights = ctx.input(3);
    SMCLI_ASSIGN_OR_RETURN(const int64_t size, ReadSize(ctx.input(2)));
    if (splits.rank() != 1 || splits.num_elements() < 1) return ModelError("splits must be a vector that is not empty");
    const auto ends = splits.flat<int64_t>();
    if (ends.front() != 0) return ModelError("Splits must start with 0, not with {}", ends.front());
    if (ends.back() != values.num_elements()) {
      return ModelError("Splits must end with the number of values, got {} instead of {}", ends.back(),
                        values.num_elements());
    }
    SMCLI_RETURN_IF_ERROR(CheckWeights(weights, values));
    SMCLI_RETURN_IF_ERROR(RefuseNegative(values));
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, AllocateBins(ctx, weights.dtype(), {std::ssize(ends) - 1, size}));
    size_t row_end = 0;  // the last split is the number of values, so the search ends
    const auto row_of = [&](int64_t i) {
      while (i >= ends[row_end]) ++row_end;
      return static_cast<int64_t>(row_end) - 1;
    };
    Count(values, weights, size, binary, row_of, *out);
    return {};
  }
};

// Values below the range count in the first bin, those above in the last.
template <typename T>
Status Histogram(const Tensor& values, const Tensor& range, int64_t bins, std::vector<int64_t>& counts) {
  const T low = range.data<T>()[0], high = range.data<T>()[1];
  if (!(low < high))
    return ModelError("value_range should satisfy value_range[0] < value_range[1], but got '[{}, {}]'", low, high);
  const double step = (static_cast<double>(high) - static_cast<double>(low)) / static_cast<double>(bins);
  const auto last = static_cast<double>(bins - 1);
  for (T value : values.flat<T>()) {
    if (value != value) return ModelError("Histogram values must not contain NaN");
    const double place = (static_cast<double>(std::max(value, low)) - static_cast<double>(low)) / step;
    ++counts[static_cast<size_t>(place < last ? place : last)];
  }
  return {};
}

class HistogramFixedWidth final : public Kernel {
 public:
  static Result<HistogramFixedWidth> Make(const NodeInfo& node) {
    HistogramFixedWidth kernel;
    kernel.dtype_ = node.output_types[0];
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const Tensor& values = ctx.input(0);
    const Tensor& range = ctx.input(1);
    if (range.rank() != 1 || range.num_elements() != 2) {
      return ModelError("value_range should be a vector of 2 elements, but got shape {}", range.shape().ToString());
    }
    SMCLI_ASSIGN_OR_RETURN(const int64_t bins, ScalarInt(ctx.input(2), "nbins"));
    if (bins <= 0) return ModelError("nbins should be a positive number, but got '{}'", bins);
    SMCLI_RETURN_IF_ERROR(ctx.Allocate(0, dtype_, Shape{bins}));
    std::vector<int64_t> counts(static_cast<size_t>(bins));
    Status status;
    switch (values.dtype()) {
      case DataType::kInt32: status = Histogram<int32_t>(values, range, bins, counts); break;
      case DataType::kInt64: status = Histogram<int64_t>(values, range, bins, counts); break;
      case DataType::kFloat: status = Histogram<float>(values, range, bins, counts); break;
      default: status = Histogram<double>(values, range, bins, counts);
    }
    SMCLI_RETURN_IF_ERROR(std::move(status));
    SMCLI_ASSIGN_OR_RETURN(Tensor out, IntVector(dtype_, counts));
    ctx.set_output(0, std::move(out));
    return {};
  }

 private:
  DataType dtype_ = DataType::kInt32;
};

using Types = std::array<TypeConstraint, 3>;
constexpr Types kBins = {{{"T", DataType::kInt32 | DataType::kInt64 | DataType::kFloat | DataType::kDouble}}};

constexpr Op kOps[] = {
    {.name = "Bincount", .types = kBins, .make = MakeFunctionKernel<Bincount>},
    {.name = "DenseBincount", .types = kBins, .make = MakeKernel<RowBincount<DenseForm>>},
    {.name = "HistogramFixedWidth", .types = kBins, .make = MakeKernel<HistogramFixedWidth>},
    {.name = "RaggedBincount", .types = kBins, .make = MakeKernel<RowBincount<RaggedForm>>},
    {.name = "SparseBincount", .types = kBins, .make = MakeKernel<RowBincount<SparseForm>>},
};

}  // namespace

std::span<const Op> CountingOps() { return kOps; }

}  // namespace smcli
