// RaggedCross: crosses of ragged, sparse and dense columns, as ragged rows.
#include "ops/feature_cross.h"
#include "ops/int_args.h"
#include "ops/op.h"
#include "ops/ragged_splits.h"

namespace smcli {
namespace {

// The features of every row in one column.
using Rows = std::vector<FeatureRange>;

// Inputs: values and row splits of the ragged columns; indices, values and shapes of the sparse ones; the dense ones.
// input_order names the columns one by one: R, S or D.
class RaggedCross final : public Kernel {
 public:
  static Result<RaggedCross> Make(const NodeInfo& node) {
    RaggedCross kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.order_, node.attrs.String("input_order"));
    SMCLI_ASSIGN_OR_RETURN(kernel.buckets_, node.attrs.Int("num_buckets"));
    SMCLI_ASSIGN_OR_RETURN(kernel.key_, node.attrs.Int("hash_key"));
    SMCLI_ASSIGN_OR_RETURN(const auto ragged, node.attrs.Types("ragged_values_types"));
    SMCLI_ASSIGN_OR_RETURN(const auto sparse, node.attrs.Types("sparse_values_types"));
    SMCLI_ASSIGN_OR_RETURN(const auto dense, node.attrs.Types("dense_types"));
    kernel.ragged_ = static_cast<int>(ragged.size());
    kernel.sparse_ = static_cast<int>(sparse.size());
    for (char kind : {'R', 'S', 'D'}) {
      const size_t columns = kind == 'R' ? ragged.size() : kind == 'S' ? sparse.size() : dense.size();
      if (static_cast<size_t>(std::ranges::count(kernel.order_, kind)) != columns) {
        return ModelError("input_order \"{}\" does not name the {} columns of kind {}", kernel.order_, columns, kind);
      }
    }
    if (kernel.order_.size() != ragged.size() + sparse.size() + dense.size())
      return ModelError("Invalid length for input_order");
    kernel.hashed_ = node.output_types[0] == DataType::kInt64;
    kernel.splits_type_ = node.output_types[1];
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    SMCLI_ASSIGN_OR_RETURN(const int64_t rows, NumRows(ctx));
    FeatureCrosser crosser;
    crosser.kind = hashed_ ? FeatureCrosser::Kind::kHash : FeatureCrosser::Kind::kText;
    crosser.key = static_cast<uint64_t>(key_);
    crosser.buckets = buckets_;
    SMCLI_RETURN_IF_ERROR(
        ctx.Allocate(1, splits_type_, Shape{rows}));  // refuses absurd batches before they cost anything
    std::vector<Rows> columns;
    int ragged = 0, sparse = 0, dense = 0;
    for (char kind : order_) {
      SMCLI_ASSIGN_OR_RETURN(Rows column, kind == 'R'   ? RaggedColumn(ctx, ragged++, rows, crosser)
                                          : kind == 'S' ? SparseColumn(ctx, sparse++, rows, crosser)
                                                        : DenseColumn(ctx, dense++, rows, crosser));
      columns.push_back(std::move(column));
    }
    return Cross(ctx, columns, rows, crosser);
  }

 private:
  const Tensor& Values(KernelContext& ctx, char kind, int i) const {
    return ctx.input(kind == 'R' ? i : kind == 'S' ? 2 * ragged_ + sparse_ + i : 2 * ragged_ + 3 * sparse_ + i);
  }

  Result<int64_t> NumRows(KernelContext& ctx) const {
    if (ragged_ > 0) {
      const Tensor& splits = ctx.input(ragged_);
      if (splits.rank() != 1 || splits.num_elements() == 0)
        return ModelError("ragged splits must be a vector that is not empty");
      return splits.num_elements() - 1;
    }
    if (sparse_ > 0) {
      const Tensor& shape = ctx.input(2 * ragged_ + 2 * sparse_);
      if (shape.rank() != 1 || shape.num_elements() != 2) return ModelError("sparse_shape must have 2 elements");
      return IntAt(shape, 0) < 0 ? Result<int64_t>(ModelError("the batch size is negative")) : IntAt(shape, 0);
    }
    if (order_.empty()) return int64_t{0};
    const Tensor& dense = Values(ctx, 'D', 0);
    return dense.rank() == 0 ? 0 : dense.dim(0);
  }

  Result<Rows> RaggedColumn(KernelContext& ctx, int i, int64_t rows, FeatureCrosser& crosser) const {
    const Tensor& values = Values(ctx, 'R', i);
    if (values.rank() != 1) return ModelError("tf.ragged.cross only supports inputs with rank=2.");
    SMCLI_ASSIGN_OR_RETURN(const auto splits, ReadSplits(ctx.input(ragged_ + i), values.dim(0)));
    if (std::ssize(splits) - 1 != rows) return ModelError("inputs must all have the same batch dimension size.");
    Rows column;
    for (size_t row = 0; row + 1 < splits.size(); ++row) column.push_back({splits[row], splits[row + 1] - splits[row]});
    crosser.AddColumn(values, false);
    return column;
  }

  Result<Rows> SparseColumn(KernelContext& ctx, int i, int64_t rows, FeatureCrosser& crosser) const {
    const Tensor& indices = ctx.input(2 * ragged_ + i);
    const Tensor& values = Values(ctx, 'S', i);
    SMCLI_ASSIGN_OR_RETURN(const IntList shape, VectorInts(ctx.input(2 * ragged_ + 2 * sparse_ + i), "sparse_shape"));
    if (indices.rank() != 2 || indices.dim(1) != 2 || values.rank() != 1 || values.dim(0) != indices.dim(0) ||
        shape.size() != 2) {
      return ModelError("tf.ragged.cross only supports inputs with rank=2.");
    }
    if (shape[0] != rows) return ModelError("inputs must all have the same batch dimension size.");
    Rows column;
    int64_t at = 0;
    for (int64_t row = 0; row < rows; ++row) {
      const int64_t begin = at;
      while (at < values.dim(0) && indices.data<int64_t>()[2 * at] <= row) ++at;
      column.push_back({begin, at - begin});
    }
    crosser.AddColumn(values, true);
    return column;
  }

  Result<Rows> DenseColumn(KernelContext& ctx, int i, int64_t rows, FeatureCrosser& crosser) const {
    const Tensor& values = Values(ctx, 'D', i);
    if (values.rank() != 2) return ModelError("tf.ragged.cross only supports inputs with rank=2.");
    if (values.dim(0) != rows) return ModelError("inputs must all have the same batch dimension size.");
    Rows column;
    for (int64_t row = 0; row < rows; ++row) column.push_back({row * values.dim(1), values.dim(1)});
    crosser.AddColumn(values, false);
    return column;
  }

  Status Cross(KernelContext& ctx, const std::vector<Rows>& columns, int64_t rows,
               const FeatureCrosser& crosser) const {
    std::vector<FeatureRange> row(columns.size());
    const auto fetch = [&](int64_t r) {
      for (size_t i = 0; i < columns.size(); ++i) row[i] = columns[i][static_cast<size_t>(r)];
    };
    std::vector<int64_t> splits = {0};
    for (int64_t r = 0; r < rows; ++r) {
      fetch(r);
      SMCLI_ASSIGN_OR_RETURN(const int64_t count, FeatureCrosser::Count(row));
      int64_t end = 0;
      if (__builtin_add_overflow(splits.back(), count, &end))
        return ModelError("there are more crosses than fit into 64 bits");
      splits.push_back(end);
    }
    SMCLI_ASSIGN_OR_RETURN(Tensor * values,
                           ctx.Allocate(0, hashed_ ? DataType::kInt64 : DataType::kString, Shape{splits.back()}));
    for (int64_t r = 0; r < rows; ++r) {
      fetch(r);
      if (splits[static_cast<size_t>(r)] < splits[static_cast<size_t>(r) + 1])
        crosser.Cross(row, *values, splits[static_cast<size_t>(r)]);
    }
    SMCLI_ASSIGN_OR_RETURN(Tensor row_splits, IntVector(splits_type_, splits));
    ctx.set_output(1, std::move(row_splits));
    return {};
  }

  std::string order_;
  int64_t buckets_ = 0, key_ = 0;
  int ragged_ = 0, sparse_ = 0;
  bool hashed_ = false;
  DataType splits_type_ = DataType::kInt64;
};

constexpr Op kOps[] = {
    {.name = "RaggedCross", .types = {}, .make = MakeKernel<RaggedCross>},
};

}  // namespace

std::span<const Op> RaggedCrossOps() { return kOps; }

}  // namespace smcli
