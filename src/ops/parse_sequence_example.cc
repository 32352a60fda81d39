// ParseSequenceExample (both versions) and ParseSingleSequenceExample: serialized tf.train.SequenceExamples into
// columns, of the context as in ParseExample, and of the feature lists with a time dimension. What is refused follows
// util/example_proto_fast_parsing.cc (batches) and kernels/example_parsing_ops.cc (single) of TensorFlow.
#include <algorithm>
#include <string>
#include <vector>

#include "base/wire.h"
#include "ops/example_features.h"
#include "ops/expect.h"
#include "ops/int_args.h"
#include "ops/op.h"

namespace smcli {
namespace {

// One column. In a feature list, `lengths` has the values of every step and `steps` the steps of every example; in the
// context, `lengths` has the values of every example.
struct Column {
  std::string key;
  size_t slot = 0;
  FeatureValues values{DataType::kInt64};
  std::vector<int64_t> lengths;
  std::vector<int64_t> steps;
  Shape row;                    // of a dense column
  bool may_be_missing = false;  // of a dense feature list
};

struct ColumnTypes {
  std::vector<DataType> sparse, dense, ragged, splits;
  std::vector<Shape> dense_shapes;

  static Result<ColumnTypes> Of(const NodeInfo& node, const std::string& prefix, const std::string& dense_types) {
    ColumnTypes types;
    SMCLI_ASSIGN_OR_RETURN(types.sparse, node.attrs.Types(prefix + "_sparse_types"));
    SMCLI_ASSIGN_OR_RETURN(types.dense, node.attrs.Types(dense_types));
    if (node.op == "ParseSequenceExampleV2") {
      SMCLI_ASSIGN_OR_RETURN(types.ragged, node.attrs.Types(prefix + "_ragged_value_types"));
      SMCLI_ASSIGN_OR_RETURN(types.splits, node.attrs.Types(prefix + "_ragged_split_types"));
    }
    SMCLI_ASSIGN_OR_RETURN(const std::vector<PartialShape> shapes, node.attrs.Shapes(prefix + "_dense_shapes"));
    for (const PartialShape& shape : shapes) {
      const auto known = shape.ToShape();
      if (!known) return ModelError("shape {} is not fully defined", shape.ToString());
      types.dense_shapes.push_back(*known);
    }
    if (types.dense_shapes.size() != types.dense.size() || types.splits.size() != types.ragged.size()) {
      return ModelError("the numbers of types and shapes differ");
    }
    return types;
  }
};

struct ColumnKeys {
  std::vector<std::string> sparse, dense, ragged;
};

// The columns of the context, or of the feature lists.
struct ColumnGroup {
  WantedKeys wanted;
  FoundMessages found;
  std::vector<Column> sparse, dense, ragged;

  Status Declare(const ColumnTypes& types, const ColumnKeys& keys) {
    const auto add = [&](const std::vector<std::string>& names, const std::vector<DataType>& dtypes, auto& columns) {
      if (names.size() != dtypes.size()) return Status(ModelError("{} keys for {} types", names.size(), dtypes.size()));
      for (size_t i = 0; i < names.size(); ++i) {
        Column& column = columns.emplace_back();
        column.key = names[i];
        column.slot = wanted.Add(names[i]);
        column.values = FeatureValues(dtypes[i]);
      }
      return Status();
    };
    SMCLI_RETURN_IF_ERROR(add(keys.sparse, types.sparse, sparse));
    SMCLI_RETURN_IF_ERROR(add(keys.dense, types.dense, dense));
    SMCLI_RETURN_IF_ERROR(add(keys.ragged, types.ragged, ragged));
    for (size_t i = 0; i < dense.size(); ++i) dense[i].row = types.dense_shapes[i];
    return {};
  }
};

// Appends the feature's values. A Feature without a list has none.
Status AppendFeature(std::string_view message, Column& column) {
  SMCLI_ASSIGN_OR_RETURN(const FeatureView feature, ReadFeature(message));
  if (feature.dtype == DataType::kInvalid) return {};
  if (feature.dtype != column.values.dtype()) {
    return ModelError("data types don't match: {} but expected {}", Name(feature.dtype), Name(column.values.dtype()));
  }
  return column.values.Append(feature);
}

Status AddContext(const ColumnGroup& group, Column& column, const Tensor* fallback) {
  const int64_t before = column.values.size();
  const auto message = group.found[column.slot];
  if (message) {
    SMCLI_RETURN_IF_ERROR(AppendFeature(*message, column));
  } else if (fallback != nullptr) {
    if (fallback->num_elements() == 0) {
      return ModelError("{} is required but could not be found", Name(column.values.dtype()));
    }
    column.values.Append(*fallback);
  }
  const int64_t count = column.values.size() - before;
  if (fallback != nullptr && count != column.row.num_elements()) {
    return ModelError("{} values do not make the shape {}", count, column.row.ToString());
  }
  column.lengths.push_back(count);
  return {};
}

Status AddFeatureList(const ColumnGroup& group, Column& column, bool dense) {
  const auto message = group.found[column.slot];
  int64_t steps = 0;
  if (message) {
    WireReader reader(*message);
    WireField field;
    for (; reader.Next(field); ++steps) {
      if (!field.is(1, WireType::kBytes)) return ModelError("the bytes are no FeatureList");
      const int64_t before = column.values.size();
      auto status = AppendFeature(field.bytes, column);
      const int64_t count = column.values.size() - before;
      if (status.ok() && dense && count != column.row.num_elements()) {
        status = ModelError("{} values do not make the shape {}", count, column.row.ToString());
      }
      if (!status.ok()) return std::move(status).Annotate(fmt::format("index {}", steps));
      column.lengths.push_back(count);
    }
    if (!reader.ok()) return ModelError("the bytes are no FeatureList");
  } else if (dense && !column.may_be_missing) {
    return ModelError("is required but could not be found (feature_list_dense_missing_assumed_empty does not name it)");
  }
  column.steps.push_back(steps);
  return {};
}

int64_t Largest(const std::vector<int64_t>& numbers) {
  return numbers.empty() ? 0 : *std::ranges::max_element(numbers);
}

// [example,] [step,] value of each value.
Tensor SparseIndices(const Column& column, bool single, bool list) {
  std::vector<int64_t> indices;
  const auto row = [&](int64_t example, int64_t step, int64_t count) {
    for (int64_t i = 0; i < count; ++i) {
      if (!single) indices.push_back(example);
      if (list) indices.push_back(step);
      indices.push_back(i);
    }
  };
  size_t at = 0;
  const std::vector<int64_t>& examples = list ? column.steps : column.lengths;
  for (size_t example = 0; example < examples.size(); ++example) {
    const int64_t steps = list ? examples[example] : 1;
    for (int64_t step = 0; step < steps; ++step) row(static_cast<int64_t>(example), step, column.lengths[at++]);
  }
  const int64_t rank = 1 + (single ? 0 : 1) + (list ? 1 : 0);
  return Tensor::Of<int64_t>(Shape{static_cast<int64_t>(indices.size()) / rank, rank}, indices);
}

Tensor SparseShape(const Column& column, bool single, bool list) {
  std::vector<int64_t> dims;
  if (!single) dims.push_back(static_cast<int64_t>(list ? column.steps.size() : column.lengths.size()));
  if (list) dims.push_back(Largest(column.steps));
  dims.push_back(Largest(column.lengths));
  return Tensor::Vector<int64_t>(dims);
}

Result<Tensor> Splits(const std::vector<int64_t>& lengths, DataType dtype) {
  std::vector<int64_t> splits = {0};
  for (int64_t length : lengths) splits.push_back(splits.back() + length);
  return IntVector(dtype, splits);
}

Tensor Flat(Column& column) {
  const Shape shape{column.values.size()};
  return column.values.Take(shape);
}

Result<Tensor> DenseContext(Column& column, bool single) {
  IntList dims;
  if (!single) dims.push_back(static_cast<int64_t>(column.lengths.size()));
  if (dims.size() + column.row.rank() > kMaxRank) return ModelError("too many dimensions");
  dims.append(column.row.dims());
  SMCLI_ASSIGN_OR_RETURN(const Shape shape, CheckedShape(dims));
  return column.values.Take(shape);
}

Result<Tensor> DenseList(Column& column, bool single) {
  const int64_t longest = Largest(column.steps);
  const int64_t stride = column.row.num_elements();
  IntList dims;
  if (!single) dims.push_back(static_cast<int64_t>(column.steps.size()));
  dims.push_back(longest);
  if (dims.size() + column.row.rank() > kMaxRank) return ModelError("too many dimensions");
  dims.append(column.row.dims());
  SMCLI_ASSIGN_OR_RETURN(const Shape shape, CheckedShape(dims));
  std::vector<int64_t> lengths;
  for (int64_t steps : column.steps) lengths.push_back(steps * stride);
  return column.values.TakePadded(lengths, longest * stride, nullptr, shape);
}

Result<std::vector<std::string>> TextVector(const Tensor& tensor, std::string_view what) {
  SMCLI_RETURN_IF_ERROR(ExpectVector(tensor, what));
  const auto texts = tensor.flat<std::string>();
  return std::vector<std::string>(texts.begin(), texts.end());
}

struct SequenceKeys {
  ColumnKeys context, lists;
  std::vector<std::string> may_be_missing;
};

class SequenceParser : public Kernel {
 public:
  explicit SequenceParser(const NodeInfo& node)
      : batched_op_(node.op != "ParseSingleSequenceExample"), ragged_op_(node.op == "ParseSequenceExampleV2") {}

 protected:
  Status Init(const NodeInfo& node) {
    SMCLI_ASSIGN_OR_RETURN(context_types_, ColumnTypes::Of(node, "context", "Tcontext_dense"));
    SMCLI_ASSIGN_OR_RETURN(list_types_, ColumnTypes::Of(node, "feature_list", "feature_list_dense_types"));
    return {};
  }

  Status Parse(KernelContext& ctx, const SequenceKeys& keys, int first_default) const {
    const Tensor& serialized = ctx.input(0);
    if (serialized.rank() > 1)
      return ModelError("serialized must be a scalar or a vector, got {}", serialized.shape().ToString());
    const bool single = serialized.shape().scalar();
    ColumnGroup context, lists;
    SMCLI_RETURN_IF_ERROR(context.Declare(context_types_, keys.context));
    SMCLI_RETURN_IF_ERROR(lists.Declare(list_types_, keys.lists));
    for (Column& column : lists.dense) {
      column.may_be_missing = std::ranges::find(keys.may_be_missing, column.key) != keys.may_be_missing.end();
    }
    SMCLI_RETURN_IF_ERROR(CheckDefaults(ctx, context, first_default));
    for (int64_t i = 0; i < serialized.num_elements(); ++i) {
      auto status = AddExample(ctx, serialized.data<std::string>()[i], context, lists, first_default);
      if (!status.ok()) return std::move(status).Annotate(fmt::format("sequence example {}", i));
    }
    return Output(ctx, context, lists, single);
  }

  ColumnTypes context_types_, list_types_;
  bool batched_op_;
  bool ragged_op_;

 private:
  static Status CheckDefaults(KernelContext& ctx, const ColumnGroup& context, int first_default) {
    for (size_t d = 0; d < context.dense.size(); ++d) {
      const Tensor& value = ctx.input(first_default + static_cast<int>(d));
      const Column& column = context.dense[d];
      if (value.dtype() != column.values.dtype())
        return ModelError("default of '{}' is {}", column.key, Name(value.dtype()));
      if (value.num_elements() > 0 && !(value.shape() == column.row)) {
        return ModelError("the default of context feature '{}' has shape {}, not {}", column.key,
                          value.shape().ToString(), column.row.ToString());
      }
    }
    return {};
  }

  static Status AddExample(KernelContext& ctx, std::string_view example, ColumnGroup& context, ColumnGroup& lists,
                           int first_default) {
    SMCLI_RETURN_IF_ERROR(CollectMap(example, 1, context.wanted, context.found));
    SMCLI_RETURN_IF_ERROR(CollectMap(example, 2, lists.wanted, lists.found));
    const auto named = [](Status status, const Column& column) {
      if (status.ok()) return status;
      return std::move(status).Annotate(fmt::format("feature '{}'", column.key));
    };
    for (size_t d = 0; d < context.dense.size(); ++d) {
      const Tensor& fallback = ctx.input(first_default + static_cast<int>(d));
      SMCLI_RETURN_IF_ERROR(named(AddContext(context, context.dense[d], &fallback), context.dense[d]));
    }
    for (Column& column : context.sparse) SMCLI_RETURN_IF_ERROR(named(AddContext(context, column, nullptr), column));
    for (Column& column : context.ragged) SMCLI_RETURN_IF_ERROR(named(AddContext(context, column, nullptr), column));
    for (Column& column : lists.dense) SMCLI_RETURN_IF_ERROR(named(AddFeatureList(lists, column, true), column));
    for (Column& column : lists.sparse) SMCLI_RETURN_IF_ERROR(named(AddFeatureList(lists, column, false), column));
    for (Column& column : lists.ragged) SMCLI_RETURN_IF_ERROR(named(AddFeatureList(lists, column, false), column));
    return {};
  }

  // Of the context, then of the feature lists: sparse indices, values, shapes; dense values (and lengths); ragged
  // values and splits.
  Status Output(KernelContext& ctx, ColumnGroup& context, ColumnGroup& lists, bool single) const {
    int next = 0;
    const auto put = [&](Result<Tensor> tensor) -> Status {
      if (!tensor.ok()) return std::move(tensor).error();
      ctx.set_output(next++, *std::move(tensor));
      return {};
    };
    for (bool list : {false, true}) {
      ColumnGroup& group = list ? lists : context;
      const ColumnTypes& types = list ? list_types_ : context_types_;
      for (Column& column : group.sparse) SMCLI_RETURN_IF_ERROR(put(SparseIndices(column, single, list)));
      for (Column& column : group.sparse) SMCLI_RETURN_IF_ERROR(put(Flat(column)));
      for (Column& column : group.sparse) SMCLI_RETURN_IF_ERROR(put(SparseShape(column, single, list)));
      for (Column& column : group.dense) {
        SMCLI_RETURN_IF_ERROR(put(list ? DenseList(column, single) : DenseContext(column, single)));
      }
      if (list && batched_op_) {
        for (Column& column : group.dense) {
          SMCLI_RETURN_IF_ERROR(put(single ? Tensor::Scalar(column.steps[0]) : Tensor::Vector<int64_t>(column.steps)));
        }
      }
      for (Column& column : group.ragged) SMCLI_RETURN_IF_ERROR(put(Flat(column)));
      if (list) {
        for (size_t i = 0; i < group.ragged.size(); ++i) {
          SMCLI_RETURN_IF_ERROR(
              put(single ? IntVector(types.splits[i], {}) : Splits(group.ragged[i].steps, types.splits[i])));
        }
      }
      for (size_t i = 0; i < group.ragged.size(); ++i) {
        const bool none = single && !list;
        SMCLI_RETURN_IF_ERROR(
            put(none ? IntVector(types.splits[i], {}) : Splits(group.ragged[i].lengths, types.splits[i])));
      }
    }
    return {};
  }
};

class ParseSequenceExample final : public SequenceParser {
 public:
  using SequenceParser::SequenceParser;
  static Result<ParseSequenceExample> Make(const NodeInfo& node) {
    ParseSequenceExample kernel(node);
    SMCLI_RETURN_IF_ERROR(kernel.Init(node));
    if (kernel.ragged_op_) return kernel;
    SequenceKeys& keys = kernel.keys_;
    SMCLI_ASSIGN_OR_RETURN(keys.context.sparse, node.attrs.Strings("context_sparse_keys"));
    SMCLI_ASSIGN_OR_RETURN(keys.context.dense, node.attrs.Strings("context_dense_keys"));
    SMCLI_ASSIGN_OR_RETURN(keys.lists.sparse, node.attrs.Strings("feature_list_sparse_keys"));
    SMCLI_ASSIGN_OR_RETURN(keys.lists.dense, node.attrs.Strings("feature_list_dense_keys"));
    SMCLI_ASSIGN_OR_RETURN(keys.may_be_missing, node.attrs.Strings("feature_list_dense_missing_assumed_empty"));
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    if (!ragged_op_) return Parse(ctx, keys_, 2);
    SequenceKeys keys;
    SMCLI_ASSIGN_OR_RETURN(keys.context.sparse, TextVector(ctx.input(2), "context_sparse_keys"));
    SMCLI_ASSIGN_OR_RETURN(keys.context.dense, TextVector(ctx.input(3), "context_dense_keys"));
    SMCLI_ASSIGN_OR_RETURN(keys.context.ragged, TextVector(ctx.input(4), "context_ragged_keys"));
    SMCLI_ASSIGN_OR_RETURN(keys.lists.sparse, TextVector(ctx.input(5), "feature_list_sparse_keys"));
    SMCLI_ASSIGN_OR_RETURN(keys.lists.dense, TextVector(ctx.input(6), "feature_list_dense_keys"));
    SMCLI_ASSIGN_OR_RETURN(keys.lists.ragged, TextVector(ctx.input(7), "feature_list_ragged_keys"));
    const Tensor& missing = ctx.input(8);
    if (!missing.shape().vector() || missing.num_elements() != static_cast<int64_t>(keys.lists.dense.size())) {
      return ModelError("feature_list_dense_missing_assumed_empty must have one element per dense feature list");
    }
    for (size_t i = 0; i < keys.lists.dense.size(); ++i) {
      if (missing.data<bool>()[i]) keys.may_be_missing.push_back(keys.lists.dense[i]);
    }
    return Parse(ctx, keys, 9);
  }

 private:
  SequenceKeys keys_;
};

class ParseSingleSequenceExample final : public SequenceParser {
 public:
  using SequenceParser::SequenceParser;
  static Result<ParseSingleSequenceExample> Make(const NodeInfo& node) {
    ParseSingleSequenceExample kernel(node);
    SMCLI_RETURN_IF_ERROR(kernel.Init(node));
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    SMCLI_RETURN_IF_ERROR(ExpectScalar(ctx.input(0), "serialized"));
    SequenceKeys keys;
    SMCLI_ASSIGN_OR_RETURN(keys.may_be_missing, TextVector(ctx.input(1), "feature_list_dense_missing_assumed_empty"));
    int next = 2;
    const auto read = [&](size_t count, std::vector<std::string>& list) -> Status {
      for (size_t i = 0; i < count; ++i) {
        SMCLI_ASSIGN_OR_RETURN(std::string key, ScalarOf<std::string>(ctx.input(next++), "a key"));
        list.push_back(std::move(key));
      }
      return {};
    };
    SMCLI_RETURN_IF_ERROR(read(context_types_.sparse.size(), keys.context.sparse));
    SMCLI_RETURN_IF_ERROR(read(context_types_.dense.size(), keys.context.dense));
    SMCLI_RETURN_IF_ERROR(read(list_types_.sparse.size(), keys.lists.sparse));
    SMCLI_RETURN_IF_ERROR(read(list_types_.dense.size(), keys.lists.dense));
    return Parse(ctx, keys, next);
  }
};

constexpr Op kOps[] = {
    {.name = "ParseSequenceExample", .types = {}, .make = MakeKernel<ParseSequenceExample>},
    {.name = "ParseSequenceExampleV2", .types = {}, .make = MakeKernel<ParseSequenceExample>},
    {.name = "ParseSingleSequenceExample", .types = {}, .make = MakeKernel<ParseSingleSequenceExample>},
};

}  // namespace

std::span<const Op> ParseSequenceExampleOps() { return kOps; }

}  // namespace smcli
