// Ragged tensors made, gathered from and turned into sparse ones.
#include <cmath>

#include "ops/arithmetic.h"
#include "ops/int_args.h"
#include "ops/move.h"
#include "ops/op.h"
#include "ops/ragged_splits.h"
#include "ops/sparse_tensor.h"

namespace smcli {
namespace {

using SplitLists = std::vector<std::vector<int64_t>>;

// Checks a list of nested splits, outermost first, down to `values`.
Result<SplitLists> ReadNestedSplits(KernelContext& ctx, int first, int levels, const Tensor& values) {
  if (values.rank() < 1) return ModelError("the values of a ragged tensor must have at least one dimension");
  SplitLists splits(static_cast<size_t>(levels));
  int64_t below = values.dim(0);
  for (int level = levels - 1; level >= 0; --level) {
    SMCLI_ASSIGN_OR_RETURN(splits[static_cast<size_t>(level)], ReadSplits(ctx.input(first + level), below));
    below = std::ssize(splits[static_cast<size_t>(level)]) - 1;
  }
  return splits;
}

// The number of steps of start, start + delta, ... before limit; 0 when delta leads away from it.
template <typename T>
Result<int64_t> Steps(T start, T limit, T delta) {
  if (delta == T(0)) return ModelError("Requires delta != 0");
  if ((delta > T(0)) ? limit < start : limit > start) return int64_t{0};
  if constexpr (std::is_integral_v<T>) {
    const uint64_t span = delta > 0 ? static_cast<uint64_t>(limit) - static_cast<uint64_t>(start)
                                    : static_cast<uint64_t>(start) - static_cast<uint64_t>(limit);
    const uint64_t step = delta > 0 ? static_cast<uint64_t>(delta) : uint64_t{0} - static_cast<uint64_t>(delta);
    const uint64_t steps = span / step + (span % step != 0 ? 1 : 0);
    if (steps <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) return static_cast<int64_t>(steps);
  } else {
    const T steps = std::ceil(std::abs((limit - start) / delta));
    if (steps < T(0x1p63)) return static_cast<int64_t>(steps);
  }
  return ModelError("the range has more elements than fit into 64 bits");
}

// (starts, limits, deltas): one range for each, scalars serving all. Values are added up as in TensorFlow.
template <typename T>
Status RangesOf(KernelContext& ctx, int64_t rows, DataType splits_type) {
  std::array<const T*, 3> at;
  std::array<int64_t, 3> step;
  for (int i = 0; i < 3; ++i) {
    at[static_cast<size_t>(i)] = ctx.input(i).data<T>();
    step[static_cast<size_t>(i)] = ctx.input(i).rank() == 0 ? 0 : 1;
  }
  const auto value = [&](size_t i, int64_t row) { return at[i][row * step[i]]; };
  std::vector<int64_t> splits = {0};
  for (int64_t row = 0; row < rows; ++row) {
    SMCLI_ASSIGN_OR_RETURN(const int64_t steps, Steps(value(0, row), value(1, row), value(2, row)));
    int64_t end = 0;
    if (__builtin_add_overflow(splits.back(), steps, &end))
      return ModelError("the ranges have more elements than fit into 64 bits");
    splits.push_back(end);
  }
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(1, ctx.input(0).dtype(), Shape{splits.back()}));
  T* to = out->mutable_data<T>();
  for (int64_t row = 0; row < rows; ++row) {
    T next = value(0, row);
    const auto r = static_cast<size_t>(row);
    for (int64_t i = splits[r]; i < splits[r + 1]; ++i, next = Plus(next, value(2, row))) *to++ = next;
  }
  SMCLI_ASSIGN_OR_RETURN(Tensor row_splits, IntVector(splits_type, splits));
  ctx.set_output(0, std::move(row_splits));
  return {};
}

class RaggedRange final : public Kernel {
 public:
  static Result<RaggedRange> Make(const NodeInfo& node) {
    RaggedRange kernel;
    kernel.splits_type_ = node.output_types[0];
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    int64_t rows = -1;
    for (int i = 0; i < 3; ++i) {
      const Tensor& input = ctx.input(i);
      if (input.rank() > 1) return ModelError("starts, limits, and deltas must be scalars or vectors");
      if (input.rank() == 0) continue;
      if (rows >= 0 && input.dim(0) != rows) return ModelError("starts, limits, and deltas must have the same shape");
      rows = input.dim(0);
    }
    if (rows < 0) rows = 1;
    switch (ctx.input(0).dtype()) {
      case DataType::kFloat: return RangesOf<float>(ctx, rows, splits_type_);
      case DataType::kDouble: return RangesOf<double>(ctx, rows, splits_type_);
      case DataType::kInt32: return RangesOf<int32_t>(ctx, rows, splits_type_);
      default: return RangesOf<int64_t>(ctx, rows, splits_type_);
    }
  }

 private:
  DataType splits_type_ = DataType::kInt64;
};

// (nested splits, values, indices): rows of the outermost dimension by index. The dimensions of `indices` but the last
// become outer dimensions, a scalar index takes the outermost one away.
class RaggedGather final : public Kernel {
 public:
  static Result<RaggedGather> Make(const NodeInfo& node) {
    RaggedGather kernel;
    SMCLI_ASSIGN_OR_RETURN(const int64_t levels, node.attrs.Int("PARAMS_RAGGED_RANK"));
    kernel.levels_ = static_cast<int>(levels);
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const Tensor& values = ctx.input(levels_);
    const Tensor& indices = ctx.input(levels_ + 1);
    SMCLI_ASSIGN_OR_RETURN(const SplitLists splits, ReadRows(ctx, values));
    const int outer = indices.rank() - 1;
    if (outer + levels_ != ctx.num_outputs() - 1) {
      return ModelError("the result has {} ragged dimensions, OUTPUT_RAGGED_RANK says {}", outer + levels_,
                        ctx.num_outputs() - 1);
    }
    SplitLists result(static_cast<size_t>(outer + levels_), {0});
    SMCLI_RETURN_IF_ERROR(AddOuterSplits(indices.shape(), result));
    std::vector<int64_t> picked;  // rows of the values
    const int64_t rows = std::ssize(splits[0]) - 1;
    for (int64_t i = 0; i < indices.num_elements(); ++i) {
      const int64_t index = IntAt(indices, i);
      if (index < 0 || index >= rows) return ModelError("indices[{}] = {} is not in [0, {})", i, index, rows);
      int64_t begin = index, end = index + 1;
      for (int level = 0; level < levels_; ++level) {
        const auto& row_splits = splits[static_cast<size_t>(level)];
        if (level + outer >= 0) {
          auto& target = result[static_cast<size_t>(level + outer)];
          const int64_t shift = target.back() - row_splits[static_cast<size_t>(begin)];
          for (int64_t row = begin; row < end; ++row)
            target.push_back(row_splits[static_cast<size_t>(row + 1)] + shift);
        }
        begin = row_splits[static_cast<size_t>(begin)];
        end = row_splits[static_cast<size_t>(end)];
      }
      for (int64_t row = begin; row < end; ++row) picked.push_back(row);
    }
    for (size_t level = 0; level < result.size(); ++level) {
      SMCLI_ASSIGN_OR_RETURN(Tensor out, IntVector(ctx.input(0).dtype(), result[level]));
      ctx.set_output(static_cast<int>(level), std::move(out));
    }
    SMCLI_ASSIGN_OR_RETURN(Tensor out, PickRows(values, picked));
    ctx.set_output(ctx.num_outputs() - 1, std::move(out));
    return {};
  }

 private:
  // Unlike elsewhere the splits need not start with 0 nor reach the end of what is below, only stay inside.
  Result<SplitLists> ReadRows(KernelContext& ctx, const Tensor& values) const {
    if (values.rank() < 1) return ModelError("params.rank must be nonzero");
    SplitLists splits;
    for (int level = 0; level < levels_; ++level) {
      const Tensor& tensor = ctx.input(level);
      const int64_t below = (level + 1 < levels_ ? ctx.input(level + 1).num_elements() - 1 : values.dim(0));
      if (tensor.rank() != 1 || tensor.num_elements() == 0) return ModelError("Ragged splits may not be empty");
      std::vector<int64_t> list(static_cast<size_t>(tensor.num_elements()));
      for (size_t i = 0; i < list.size(); ++i) {
        list[i] = IntAt(tensor, static_cast<int64_t>(i));
        if (list[i] < 0) return ModelError("Ragged splits must be non-negative");
        if (i > 0 && list[i] < list[i - 1]) return ModelError("Ragged splits must be sorted");
      }
      if (list.back() > below) return ModelError("Ragged splits must not point past values");
      splits.push_back(std::move(list));
    }
    return splits;
  }

  static Status AddOuterSplits(const Shape& indices, SplitLists& result) {
    int64_t rows = 1;
    for (int d = 0; d + 1 < indices.rank(); ++d) {
      rows *= indices.dim(d);
      int64_t total = 0;
      if (__builtin_mul_overflow(rows, indices.dim(d + 1), &total) ||
          rows > std::max<int64_t>(indices.num_elements(), 1 << 20)) {
        return ModelError("indices of shape {} name too many rows", indices.ToString());
      }
      for (int64_t i = 1; i <= rows; ++i) result[static_cast<size_t>(d)].push_back(i * indices.dim(d + 1));
    }
    return {};
  }

  int levels_ = 1;
};

// (nested splits, values): an index for every element of the values, inner dimensions included.
class RaggedTensorToSparse final : public Kernel {
 public:
  static Result<RaggedTensorToSparse> Make(const NodeInfo& node) {
    RaggedTensorToSparse kernel;
    kernel.levels_ = node.num_inputs() - 1;
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const Tensor& values = ctx.input(levels_);
    SMCLI_ASSIGN_OR_RETURN(const SplitLists splits, ReadNestedSplits(ctx, 0, levels_, values));
    const int rank = levels_ + values.rank();
    if (rank > kMaxRank) return ModelError("a result of rank {} (at most {} is possible)", rank, kMaxRank);
    SMCLI_ASSIGN_OR_RETURN(const Shape matrix, CheckedShape(std::array<int64_t, 2>{values.num_elements(), rank}));
    SMCLI_ASSIGN_OR_RETURN(Tensor * indices, ctx.Allocate(0, DataType::kInt64, matrix));
    WriteIndices(splits, values.shape(), indices->mutable_data<int64_t>());
    ctx.set_output(1, values.Reshaped(Shape{values.num_elements()}));
    IntList shape;
    shape.push_back(std::ssize(splits[0]) - 1);
    for (const auto& level : splits) {
      int64_t widest = 0;
      for (size_t i = 1; i < level.size(); ++i) widest = std::max(widest, level[i] - level[i - 1]);
      shape.push_back(widest);
    }
    shape.append(values.shape().dims().subspan(1));
    SMCLI_ASSIGN_OR_RETURN(Tensor dense, IntVector(DataType::kInt64, shape.span()));
    ctx.set_output(2, std::move(dense));
    return {};
  }

 private:
  void WriteIndices(const SplitLists& splits, const Shape& values, int64_t* to) const {
    const int64_t inner = values.num_elements() == 0 ? 0 : values.Product(1, values.rank());
    std::vector<size_t> row(splits.size());  // of each level that holds the present value
    IntList place;                           // in the inner dimensions
    for (int64_t i = 0; i < values.dim(0); ++i) {
      auto below = static_cast<size_t>(i);
      for (size_t level = splits.size(); level-- > 0;) {
        while (splits[level][row[level] + 1] <= static_cast<int64_t>(below)) ++row[level];
        below = row[level];
      }
      place.assign(values.rank() - 1, 0);
      for (int64_t k = 0; k < inner; ++k) {
        *to++ = static_cast<int64_t>(row[0]);
        for (size_t level = 0; level < splits.size(); ++level) {
          const int64_t below_row = level + 1 < splits.size() ? static_cast<int64_t>(row[level + 1]) : i;
          *to++ = below_row - splits[level][row[level]];
        }
        to = std::copy(place.begin(), place.end(), to);
        for (int d = place.size() - 1; d >= 0 && ++place[d] == values.dim(d + 1); --d) place[d] = 0;
      }
    }
  }

  int levels_ = 1;
};

// (value_rowids, values, nrows, default_value): SparseFillEmptyRows for values with row numbers.
Status RaggedFillEmptyRows(KernelContext& ctx) {
  const Tensor& ids = ctx.input(0);
  const Tensor& values = ctx.input(1);
  const Tensor& fill = ctx.input(3);
  if (ids.rank() != 1 || values.rank() != 1 || ids.dim(0) != values.dim(0)) {
    return ModelError("value_rowids {} and values {} must be vectors of one length", ids.shape().ToString(),
                      values.shape().ToString());
  }
  SMCLI_ASSIGN_OR_RETURN(const int64_t rows, ScalarInt(ctx.input(2), "nrows"));
  if (fill.rank() != 0) return ModelError("default_value must be a scalar, saw: {}", fill.shape().ToString());
  if (rows < 0 || (rows == 0 && ids.dim(0) > 0)) return ModelError("{} rows cannot hold {} values", rows, ids.dim(0));
  SMCLI_ASSIGN_OR_RETURN(Tensor * empty, ctx.Allocate(2, DataType::kBool, Shape{rows}));
  SMCLI_ASSIGN_OR_RETURN(Tensor * moved, ctx.Allocate(3, DataType::kInt64, ids.shape()));
  SMCLI_ASSIGN_OR_RETURN(Tensor next, Tensor::Make(DataType::kInt64, Shape{rows}));
  int64_t* places = next.mutable_data<int64_t>();
  std::fill_n(places, rows, 0);
  for (int64_t id : ids.flat<int64_t>()) {
    if (id < 0 || id >= rows) return ModelError("value_rowids: {} is not in [0, {})", id, rows);
    ++places[id];
  }
  int64_t total = 0;
  for (int64_t row = 0; row < rows; ++row) {
    const int64_t count = std::exchange(places[row], total);
    empty->mutable_data<bool>()[row] = count == 0;
    total += std::max<int64_t>(count, 1);
  }
  SMCLI_ASSIGN_OR_RETURN(Tensor * out_ids, ctx.Allocate(0, DataType::kInt64, Shape{total}));
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(1, values.dtype(), Shape{total}));
  DispatchMove(values.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    const auto put = [&](int64_t row, const T& value) {
      out_ids->mutable_data<int64_t>()[places[row]] = row;
      out->mutable_data<T>()[places[row]] = value;
      return places[row]++;
    };
    for (int64_t row = 0; row < rows; ++row) {
      if (empty->data<bool>()[row]) put(row, fill.scalar<T>());
    }
    for (int64_t i = 0; i < ids.dim(0); ++i) {
      moved->mutable_data<int64_t>()[i] = put(ids.data<int64_t>()[i], values.data<T>()[i]);
    }
  });
  return {};
}

constexpr DataTypeSet kRangeTypes = DataType::kFloat | DataType::kDouble | DataType::kInt32 | DataType::kInt64;

constexpr Op kOps[] = {
    {.name = "RaggedFillEmptyRows", .types = {}, .make = MakeFunctionKernel<RaggedFillEmptyRows>},
    {.name = "RaggedGather", .types = {}, .make = MakeKernel<RaggedGather>},
    {.name = "RaggedRange",
     .types = {{{"T", kRangeTypes}}},
     .make = MakeKernel<RaggedRange>,
     .tolerance = Tolerance::kRounding},
    {.name = "RaggedTensorToSparse", .types = {}, .make = MakeKernel<RaggedTensorToSparse>},
};

}  // namespace

std::span<const Op> RaggedTensorOps() { return kOps; }

}  // namespace smcli
