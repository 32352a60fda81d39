// RaggedTensorToTensor: ragged rows side by side in a dense tensor, cut or filled up to one width.
#include <optional>

#include "ops/broadcast.h"
#include "ops/int_args.h"
#include "ops/move.h"
#include "ops/op.h"
#include "ops/ragged_splits.h"
#include "ops/strided_copy.h"

namespace smcli {
namespace {

enum class Partition { kRowSplits, kRowIds };

// (shape, values, default_value, partitions). Partitions go from the outermost dimension inwards; with FIRST_DIM_SIZE
// the first one is the number of rows.
class RaggedTensorToTensor final : public Kernel {
 public:
  static Result<RaggedTensorToTensor> Make(const NodeInfo& node) {
    RaggedTensorToTensor kernel;
    SMCLI_ASSIGN_OR_RETURN(const auto names, node.attrs.Strings("row_partition_types"));
    if (std::ssize(names) != node.num_inputs() - 3 || names.empty()) {
      return ModelError("{} row_partition_types for {} partitions", names.size(), node.num_inputs() - 3);
    }
    kernel.sized_ = names[0] == "FIRST_DIM_SIZE";
    for (size_t i = kernel.sized_ ? 1 : 0; i < names.size(); ++i) {
      if (names[i] == "ROW_SPLITS") {
        kernel.partitions_.push_back(Partition::kRowSplits);
      } else if (names[i] == "VALUE_ROWIDS" && i > 0) {
        kernel.partitions_.push_back(Partition::kRowIds);
      } else {
        return ModelError("Cannot handle partition type '{}' in dimension {}", names[i], i);
      }
    }
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    const Tensor& values = ctx.input(1);
    const Tensor& fill = ctx.input(2);
    if (values.rank() < 1) return ModelError("the values of a ragged tensor must have at least one dimension");
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, OutputShape(ctx));
    SMCLI_ASSIGN_OR_RETURN(const Shape inner, CheckedShape(values.shape().dims().subspan(1)));
    if (fill.rank() > inner.rank() || !BroadcastsTo(fill.shape(), inner)) {
      return ModelError("default_value.shape={} and rt_input.flat_values.shape={} are incompatible",
                        fill.shape().ToString(), values.shape().ToString());
    }
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, values.dtype(), shape));
    if (shape.num_elements() == 0) return {};
    FillUp(ctx.pool(), fill, inner, *out);
    SMCLI_ASSIGN_OR_RETURN(const std::vector<int64_t> places, Places(ctx, shape));
    if (std::ssize(places) > values.dim(0)) {
      return ModelError("the partitions name {} values, there are {}", places.size(), values.dim(0));
    }
    const int64_t slice = inner.num_elements();
    DispatchMove(values.dtype(), [&](auto tag) {
      using T = typename decltype(tag)::type;
      T* to = out->mutable_data<T>();
      for (size_t i = 0; i < places.size(); ++i) {
        if (places[i] >= 0) CopyRun(values.data<T>() + static_cast<int64_t>(i) * slice, slice, to + places[i] * slice);
      }
    });
    return {};
  }

 private:
  int levels() const { return static_cast<int>(partitions_.size()); }
  const Tensor& PartitionInput(KernelContext& ctx, int level) const { return ctx.input(3 + (sized_ ? 1 : 0) + level); }

  Result<int64_t> NumRows(KernelContext& ctx) const {
    const Tensor& first = ctx.input(3);
    if (first.num_elements() == 0)
      return ModelError("Invalid first partition input. Tensor requires at least one element.");
    return sized_ ? IntAt(first, 0) : first.num_elements() - 1;
  }

  // The longest row of a level.
  Result<int64_t> Width(const Tensor& partition, Partition kind) const {
    int64_t widest = 0, run = 0;
    if (kind == Partition::kRowSplits) {
      SMCLI_ASSIGN_OR_RETURN(const auto splits, ReadSplits(partition, -1));
      for (size_t i = 1; i < splits.size(); ++i) widest = std::max(widest, splits[i] - splits[i - 1]);
      return widest;
    }
    for (int64_t i = 0; i < partition.num_elements(); ++i) {
      run = i > 0 && IntAt(partition, i) == IntAt(partition, i - 1) ? run + 1 : 1;
      widest = std::max(widest, run);
    }
    return widest;
  }

  Result<Shape> OutputShape(KernelContext& ctx) const {
    const Tensor& wanted = ctx.input(0);
    const Tensor& values = ctx.input(1);
    SMCLI_ASSIGN_OR_RETURN(const int64_t rows, NumRows(ctx));
    const int rank = levels() + values.rank();
    if (rank > kMaxRank) return ModelError("a result of rank {} (at most {} is possible)", rank, kMaxRank);
    IntList dims;
    dims.assign(rank, -1);
    if (wanted.rank() > 0) {
      SMCLI_ASSIGN_OR_RETURN(const IntList given, VectorInts(wanted, "shape"));
      if (given.size() != rank) {
        return ModelError("rt_input.shape and shape=[{}] are incompatible: rt_input.rank = {} but shape.rank = {}",
                          fmt::join(given.span(), ","), rank, given.size());
      }
      dims = given;
    } else if (IntAt(wanted, 0) != -1) {
      return ModelError("shape must be a vector, or -1 when it is unknown");
    }
    for (int d = 0; d < rank; ++d) {
      if (dims[d] < -1) return ModelError("Dimension {} must be >= -1", dims[d]);
      if (d > levels()) {
        const int64_t extent = values.dim(d - levels());
        if (dims[d] != -1 && dims[d] != extent) {
          return ModelError("rt_input.shape and shape are incompatible: rt_input.shape[{}] = {} but shape[{}] = {}", d,
                            extent, d, dims[d]);
        }
        dims[d] = extent;
      } else if (dims[d] == -1 && d == 0) {
        dims[d] = rows;
      } else if (dims[d] == -1) {
        SMCLI_ASSIGN_OR_RETURN(dims[d], Width(PartitionInput(ctx, d - 1), partitions_[static_cast<size_t>(d - 1)]));
      }
    }
    return CheckedShape(dims);
  }

  static void FillUp(ThreadPool& pool, const Tensor& fill, const Shape& inner, Tensor& out) {
    const auto from = RowMajorStrides(fill.shape());
    const auto to = RowMajorStrides(inner);
    const int added = inner.rank() - fill.rank();
    StridedCopy copy;
    copy.Add(out.num_elements() / inner.num_elements(), 0, inner.num_elements());
    for (int d = 0; d < inner.rank(); ++d) {
      const bool repeated = d < added || fill.dim(d - added) == 1;
      copy.Add(inner.dim(d), repeated ? 0 : from[static_cast<size_t>(d - added)], to[static_cast<size_t>(d)]);
    }
    copy.Run(pool, fill, 0, out, 0);
  }

  // For each value, which slice of the output it becomes; -1 when it is cut off.
  Result<std::vector<int64_t>> Places(KernelContext& ctx, const Shape& shape) const {
    SMCLI_ASSIGN_OR_RETURN(const int64_t rows, NumRows(ctx));
    if (rows < 0 || rows > std::max<int64_t>(int64_t{1} << 32, shape.num_elements()))
      return ModelError("{} rows are not possible", rows);
    std::vector<int64_t> places(static_cast<size_t>(rows), -1);
    for (int64_t i = 0; i < std::min(rows, shape.dim(0)); ++i) places[static_cast<size_t>(i)] = i;
    for (int level = 0; level < levels(); ++level) {
      const Tensor& partition = PartitionInput(ctx, level);
      const int64_t width = shape.dim(level + 1);
      if (partitions_[static_cast<size_t>(level)] == Partition::kRowSplits) {
        SMCLI_ASSIGN_OR_RETURN(places, BySplits(partition, places, width));
      } else {
        SMCLI_ASSIGN_OR_RETURN(places, ByRowIds(partition, places, width));
      }
    }
    return places;
  }

  static int64_t Place(int64_t row_place, int64_t column, int64_t width) {
    return row_place >= 0 && column < width ? row_place * width + column : -1;
  }

  static Result<std::vector<int64_t>> BySplits(const Tensor& partition, const std::vector<int64_t>& rows,
                                               int64_t width) {
    SMCLI_ASSIGN_OR_RETURN(const auto splits, ReadSplits(partition, -1));
    if (splits.size() - 1 > rows.size()) {
      return ModelError("Row partition size is greater than output size: {} > {}", splits.size() - 1, rows.size());
    }
    std::vector<int64_t> places;
    for (size_t row = 0; row + 1 < splits.size(); ++row) {
      for (int64_t i = 0; i < splits[row + 1] - splits[row]; ++i) places.push_back(Place(rows[row], i, width));
    }
    return places;
  }

  static Result<std::vector<int64_t>> ByRowIds(const Tensor& partition, const std::vector<int64_t>& rows,
                                               int64_t width) {
    std::vector<int64_t> places;
    int64_t last = -1, column = 0;
    for (int64_t i = 0; i < partition.num_elements(); ++i) {
      const int64_t row = IntAt(partition, i);
      if (row < 0 || row >= std::ssize(rows))
        return ModelError("Got value_rowid={} which is not less than {}", row, rows.size());
      column = row == last ? column + 1 : 0;
      last = row;
      places.push_back(Place(rows[static_cast<size_t>(row)], column, width));
    }
    return places;
  }

  bool sized_ = false;
  std::vector<Partition> partitions_;  // of the ragged dimensions
};

constexpr Op kOps[] = {
    {.name = "RaggedTensorToTensor", .types = {}, .make = MakeKernel<RaggedTensorToTensor>},
};

}  // namespace

std::span<const Op> RaggedDenseOps() { return kOps; }

}  // namespace smcli
