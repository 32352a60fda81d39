// SparseCross, SparseCrossV2 and SparseCrossHashed: crosses of sparse and dense columns, row by row.
#include "ops/feature_cross.h"
#include "ops/int_args.h"
#include "ops/op.h"

namespace smcli {
namespace {

// Walks the entries of a sparse column row by row. An entry of an earlier row ends the walk there, as in TensorFlow.
class SparseWalk {
 public:
  explicit SparseWalk(const Tensor& indices) : rows_(indices.data<int64_t>()), count_(indices.dim(0)) {}

  // The row of the next entry, or -1 when there is none at `row` or behind.
  int64_t NextRow(int64_t row) const { return at_ < count_ && rows_[2 * at_] >= row ? rows_[2 * at_] : -1; }
  // The entries of `row`, which must not be before the row asked for last.
  FeatureRange At(int64_t row) {
    while (NextRow(passed_) >= 0 && NextRow(passed_) < row) Take(NextRow(passed_));
    return NextRow(passed_) == row ? Take(row) : FeatureRange{at_, 0};
  }

 private:
  FeatureRange Take(int64_t row) {
    FeatureRange range{at_, 0};
    for (; at_ < count_ && rows_[2 * at_] == row; ++at_) ++range.count;
    passed_ = row + 1;
    return range;
  }

  const int64_t* rows_;
  int64_t count_;
  int64_t at_ = 0, passed_ = 0;
};

struct Columns {
  std::vector<const Tensor*> indices;  // of the sparse ones
  std::vector<const Tensor*> dense;
  int64_t rows = 0;

  // Calls f(row, ranges) for each row in which every column has features.
  template <typename F>
  Status ForEachRow(F&& f) const {
    if (std::ranges::any_of(dense, [](const Tensor* tensor) { return tensor->dim(1) == 0; })) return {};
    std::vector<SparseWalk> walks;
    for (const Tensor* tensor : indices) walks.emplace_back(*tensor);
    std::vector<FeatureRange> ranges(walks.size() + dense.size());
    // Only rows of the first sparse column can have crosses: there may be billions of others.
    const auto next = [&](int64_t row) { return walks.empty() ? row : walks[0].NextRow(row); };
    for (int64_t row = next(0); row >= 0 && row < rows; row = next(row + 1)) {
      for (size_t i = 0; i < walks.size(); ++i) ranges[i] = walks[i].At(row);
      for (size_t i = 0; i < dense.size(); ++i) ranges[walks.size() + i] = {row * dense[i]->dim(1), dense[i]->dim(1)};
      SMCLI_RETURN_IF_ERROR(f(row, std::span<const FeatureRange>(ranges)));
    }
    return {};
  }
};

// N indices, N values, N shapes, dense inputs.
Result<Columns> ReadColumns(KernelContext& ctx, int sparse, int dense, FeatureCrosser& crosser) {
  Columns columns;
  for (int i = 0; i < sparse; ++i) {
    const Tensor& indices = ctx.input(i);
    const Tensor& values = ctx.input(sparse + i);
    if (indices.rank() != 2 || indices.dim(1) != 2 || values.rank() != 1 || values.dim(0) != indices.dim(0)) {
      return ModelError("column {}: indices {} and values {} do not make a sparse matrix", i,
                        indices.shape().ToString(), values.shape().ToString());
    }
    SMCLI_ASSIGN_OR_RETURN(const IntList shape, VectorInts(ctx.input(2 * sparse + i), "shape"));
    if (shape.size() != 2)
      return ModelError("shape should imply a 2D tensor, but got {} dimensions at position {}", shape.size(), i);
    if (i == 0) columns.rows = shape[0];
    if (shape[0] != columns.rows)
      return ModelError("Expected batch size {} got {} at position {}", columns.rows, shape[0], i);
    columns.indices.push_back(&indices);
    crosser.AddColumn(values, true);
  }
  for (int i = 0; i < dense; ++i) {
    const Tensor& tensor = ctx.input(3 * sparse + i);
    if (tensor.rank() != 2)
      return ModelError("Dense inputs should be a matrix but received shape {} at position {}",
                        tensor.shape().ToString(), i);
    if (sparse == 0 && i == 0) columns.rows = tensor.dim(0);
    if (tensor.dim(0) != columns.rows)
      return ModelError("Expected batch size {} got {} at dense tensor {}", columns.rows, tensor.dim(0), i);
    columns.dense.push_back(&tensor);
    crosser.AddColumn(tensor, false);
  }
  if (columns.rows < 0) return ModelError("the batch size {} is negative", columns.rows);
  return columns;
}

// Outputs: indices, values, shape.
Status CrossColumns(KernelContext& ctx, const Columns& columns, const FeatureCrosser& crosser) {
  int64_t total = 0, most = 0;
  SMCLI_RETURN_IF_ERROR(columns.ForEachRow([&](int64_t, std::span<const FeatureRange> row) -> Status {
    SMCLI_ASSIGN_OR_RETURN(const int64_t count, FeatureCrosser::Count(row));
    if (__builtin_add_overflow(total, count, &total)) return ModelError("there are more crosses than fit into 64 bits");
    most = std::max(most, count);
    return {};
  }));
  SMCLI_ASSIGN_OR_RETURN(const Shape matrix, CheckedShape(std::array<int64_t, 2>{total, 2}));
  SMCLI_ASSIGN_OR_RETURN(Tensor * indices, ctx.Allocate(0, DataType::kInt64, matrix));
  const DataType type = crosser.kind == FeatureCrosser::Kind::kText ? DataType::kString : DataType::kInt64;
  SMCLI_ASSIGN_OR_RETURN(Tensor * values, ctx.Allocate(1, type, Shape{total}));
  int64_t at = 0;
  SMCLI_RETURN_IF_ERROR(columns.ForEachRow([&](int64_t row, std::span<const FeatureRange> ranges) -> Status {
    SMCLI_ASSIGN_OR_RETURN(const int64_t count, FeatureCrosser::Count(ranges));
    if (count > 0) crosser.Cross(ranges, *values, at);
    for (int64_t i = 0; i < count; ++i, ++at) {
      indices->mutable_data<int64_t>()[2 * at] = row;
      indices->mutable_data<int64_t>()[2 * at + 1] = i;
    }
    return {};
  }));
  ctx.set_output(2, Tensor::Vector<int64_t>(std::array{columns.rows, most}));
  return {};
}

struct Arity {
  int sparse = 0, dense = 0;
};

Result<Arity> ReadArity(const NodeInfo& node) {
  SMCLI_ASSIGN_OR_RETURN(const int64_t sparse, node.attrs.Int("N"));
  SMCLI_ASSIGN_OR_RETURN(const auto dense, node.attrs.Types("dense_types"));
  SMCLI_ASSIGN_OR_RETURN(const auto values, node.attrs.Types("sparse_types"));
  if (sparse != std::ssize(values))
    return InvalidModelError("{} sparse columns, but {} types for them", sparse, values.size());
  for (const auto& types : {values, dense}) {
    for (DataType type : types) {
      if (type != DataType::kInt64 && type != DataType::kString)
        return UnsupportedError("features of type {}", Name(type));
    }
  }
  return Arity{static_cast<int>(sparse), static_cast<int>(dense.size())};
}

class SparseCross final : public Kernel {
 public:
  static Result<SparseCross> Make(const NodeInfo& node) {
    SparseCross kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.arity_, ReadArity(node));
    SMCLI_ASSIGN_OR_RETURN(const DataType internal, node.attrs.Type("internal_type"));
    for (std::string_view list : {"sparse_types", "dense_types"}) {
      SMCLI_ASSIGN_OR_RETURN(const auto types, node.attrs.Types(list));
      if (internal != DataType::kString || std::ranges::count(types, DataType::kInt64) == 0) continue;
      return ModelError("Input values should be of internal type string but received int64");
    }
    SMCLI_ASSIGN_OR_RETURN(kernel.buckets_, node.attrs.Int("num_buckets"));
    SMCLI_ASSIGN_OR_RETURN(kernel.key_, node.attrs.Int("hash_key"));
    kernel.hashed_ = node.output_types[1] == DataType::kInt64;
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    FeatureCrosser crosser;
    crosser.kind = hashed_ ? FeatureCrosser::Kind::kHash : FeatureCrosser::Kind::kText;
    crosser.key = static_cast<uint64_t>(key_);
    crosser.buckets = buckets_;
    SMCLI_ASSIGN_OR_RETURN(const Columns columns, ReadColumns(ctx, arity_.sparse, arity_.dense, crosser));
    return CrossColumns(ctx, columns, crosser);
  }

 private:
  Arity arity_;
  int64_t buckets_ = 0, key_ = 0;
  bool hashed_ = false;
};

// The separator is an input.
class SparseCrossV2 final : public Kernel {
 public:
  static Result<SparseCrossV2> Make(const NodeInfo& node) {
    SparseCrossV2 kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.arity_, ReadArity(node));
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const Tensor& separator = ctx.input(ctx.num_inputs() - 1);
    if (separator.rank() != 0)
      return ModelError("Input separator should be a scalar. Received: {}", separator.shape().ToString());
    FeatureCrosser crosser;
    crosser.separator = separator.scalar<std::string>();
    SMCLI_ASSIGN_OR_RETURN(const Columns columns, ReadColumns(ctx, arity_.sparse, arity_.dense, crosser));
    return CrossColumns(ctx, columns, crosser);
  }

 private:
  Arity arity_;
};

// (..., num_buckets, strong_hash, salt).
class SparseCrossHashed final : public Kernel {
 public:
  static Result<SparseCrossHashed> Make(const NodeInfo& node) {
    SparseCrossHashed kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.arity_, ReadArity(node));
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const int last = ctx.num_inputs() - 1;
    FeatureCrosser crosser;
    crosser.kind = FeatureCrosser::Kind::kSaltedHash;
    SMCLI_ASSIGN_OR_RETURN(crosser.buckets, ScalarInt(ctx.input(last - 2), "num_buckets"));
    if (ctx.input(last - 1).rank() != 0) return ModelError("Input strong_hash should be a scalar");
    crosser.strong = ctx.input(last - 1).scalar<bool>();
    SMCLI_ASSIGN_OR_RETURN(const IntList salt, VectorInts(ctx.input(last), "salt"));
    if (salt.size() != 2) return ModelError("Salt must have exactly two elements, got {}", salt.size());
    crosser.salt[0] = static_cast<uint64_t>(salt[0]);
    crosser.salt[1] = static_cast<uint64_t>(salt[1]);
    SMCLI_ASSIGN_OR_RETURN(const Columns columns, ReadColumns(ctx, arity_.sparse, arity_.dense, crosser));
    return CrossColumns(ctx, columns, crosser);
  }

 private:
  Arity arity_;
};

constexpr Op kOps[] = {
    {.name = "SparseCross", .types = {}, .make = MakeKernel<SparseCross>},
    {.name = "SparseCrossHashed", .types = {}, .make = MakeKernel<SparseCrossHashed>},
    {.name = "SparseCrossV2", .types = {}, .make = MakeKernel<SparseCrossV2>},
};

}  // namespace

std::span<const Op> SparseCrossOps() { return kOps; }

}  // namespace smcli
