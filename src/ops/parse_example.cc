// ParseExample, ParseExampleV2, ParseSingleExample: serialized tf.train.Examples into columns. What counts as missing,
// and what is refused, follows util/example_proto_fast_parsing.cc of TensorFlow.
#include <algorithm>
#include <string>
#include <vector>

#include "ops/example_features.h"
#include "ops/expect.h"
#include "ops/int_args.h"
#include "ops/op.h"

namespace smcli {
namespace {

struct DenseShape {
  PartialShape declared;
  bool variable = false;  // the first dimension is open
  Shape row;              // the whole shape, or without the open dimension
};

Result<std::vector<DenseShape>> DenseShapes(const NodeInfo& node) {
  SMCLI_ASSIGN_OR_RETURN(const std::vector<PartialShape> declared, node.attrs.Shapes("dense_shapes"));
  std::vector<DenseShape> shapes;
  for (const PartialShape& shape : declared) {
    DenseShape& dense = shapes.emplace_back();
    dense.declared = shape;
    dense.variable = shape.rank() > 0 && shape.dim(0) < 0;
    const auto row = shape.known_rank() ? shape.dims().subspan(dense.variable ? 1 : 0) : std::span<const int64_t>();
    if (!shape.known_rank() || std::ranges::any_of(row, [](int64_t dim) { return dim < 0; })) {
      return ModelError("dense shape {} may be open in its first dimension only", shape.ToString());
    }
    SMCLI_ASSIGN_OR_RETURN(dense.row, CheckedShape(row));
  }
  return shapes;
}

// Where the keys of an op come from differs: attributes, one vector, many scalars.
struct Keys {
  std::vector<std::string> sparse, dense, ragged;
};

Result<std::vector<std::string>> TextVector(const Tensor& tensor, std::string_view what, size_t count) {
  if (!tensor.shape().vector() || static_cast<size_t>(tensor.num_elements()) != count) {
    return ModelError("{} must be a vector of {} strings, but has shape {}", what, count, tensor.shape().ToString());
  }
  const auto texts = tensor.flat<std::string>();
  return std::vector<std::string>(texts.begin(), texts.end());
}

// Outputs in order: sparse indices, values, shapes; dense values; ragged values, row splits.
struct Columns {
  std::vector<DataType> sparse_types, dense_types, ragged_types, split_types;
  std::vector<DenseShape> dense_shapes;

  static Result<Columns> Of(const NodeInfo& node) {
    Columns columns;
    SMCLI_ASSIGN_OR_RETURN(columns.sparse_types, node.attrs.Types("sparse_types"));
    SMCLI_ASSIGN_OR_RETURN(columns.dense_types, node.attrs.Types("Tdense"));
    if (node.op == "ParseExampleV2") {
      SMCLI_ASSIGN_OR_RETURN(columns.ragged_types, node.attrs.Types("ragged_value_types"));
      SMCLI_ASSIGN_OR_RETURN(columns.split_types, node.attrs.Types("ragged_split_types"));
    }
    SMCLI_ASSIGN_OR_RETURN(columns.dense_shapes, DenseShapes(node));
    if (columns.dense_shapes.size() != columns.dense_types.size() ||
        columns.split_types.size() != columns.ragged_types.size()) {
      return ModelError("the numbers of types and shapes differ");
    }
    return columns;
  }
};

// One run: examples are added in turn, then the outputs made.
class ExampleBatch {
 public:
  ExampleBatch(const Columns& columns, const Keys& keys, std::span<const Tensor> defaults, bool single)
      : columns_(columns), keys_(keys), defaults_(defaults), single_(single) {
    const auto add = [&](const std::vector<std::string>& names, const std::vector<DataType>& types, auto& list) {
      for (size_t i = 0; i < names.size(); ++i) list.push_back({wanted_.Add(names[i]), FeatureValues(types[i]), {}});
    };
    add(keys.sparse, columns.sparse_types, sparse_);
    add(keys.dense, columns.dense_types, dense_);
    add(keys.ragged, columns.ragged_types, ragged_);
  }

  Status CheckDefaults() const {
    for (size_t d = 0; d < dense_.size(); ++d) {
      const DenseShape& shape = columns_.dense_shapes[d];
      const Tensor& value = defaults_[d];
      if (value.dtype() != columns_.dense_types[d]) return ModelError("dense default {} is {}", d, Name(value.dtype()));
      if (shape.variable ? value.num_elements() != 1 : value.num_elements() > 0 && !(value.shape() == shape.row)) {
        return ModelError("the default of dense feature '{}' has shape {}, which does not go with {}", keys_.dense[d],
                          value.shape().ToString(), shape.declared.ToString());
      }
    }
    return {};
  }

  Status Add(std::string_view example) {
    SMCLI_RETURN_IF_ERROR(CollectMap(example, 1, wanted_, found_));
    for (size_t i = 0; i < sparse_.size(); ++i) SMCLI_RETURN_IF_ERROR(AddList(sparse_[i], keys_.sparse[i]));
    for (size_t i = 0; i < ragged_.size(); ++i) SMCLI_RETURN_IF_ERROR(AddList(ragged_[i], keys_.ragged[i]));
    for (size_t i = 0; i < dense_.size(); ++i) {
      auto status = AddDense(dense_[i], i);
      if (!status.ok()) return std::move(status).Annotate(fmt::format("feature '{}'", keys_.dense[i]));
    }
    return {};
  }

  Status Output(KernelContext& ctx) {
    int next = 0;
    for (Column& column : sparse_) ctx.set_output(next++, Indices(column));
    for (Column& column : sparse_) {
      const Shape shape{column.values.size()};
      ctx.set_output(next++, column.values.Take(shape));
    }
    for (Column& column : sparse_) {
      const int64_t dims[] = {static_cast<int64_t>(column.lengths.size()), Longest(column)};
      ctx.set_output(next++, Tensor::Vector<int64_t>(std::span(dims).subspan(single_ ? 1 : 0)));
    }
    for (size_t i = 0; i < dense_.size(); ++i) {
      SMCLI_ASSIGN_OR_RETURN(Tensor values, DenseValues(dense_[i], columns_.dense_shapes[i], defaults_[i]));
      ctx.set_output(next++, std::move(values));
    }
    for (Column& column : ragged_) {
      const Shape shape{column.values.size()};
      ctx.set_output(next++, column.values.Take(shape));
    }
    for (size_t i = 0; i < ragged_.size(); ++i) {
      std::vector<int64_t> splits;
      if (!single_) {
        splits.push_back(0);
        for (int64_t length : ragged_[i].lengths) splits.push_back(splits.back() + length);
      }
      SMCLI_ASSIGN_OR_RETURN(Tensor tensor, IntVector(columns_.split_types[i], splits));
      ctx.set_output(next++, std::move(tensor));
    }
    return {};
  }

 private:
  struct Column {
    size_t slot;
    FeatureValues values;
    std::vector<int64_t> lengths;  // values of each example; for variable dense features
  };

  static int64_t Longest(const Column& column) {
    return column.lengths.empty() ? 0 : *std::ranges::max_element(column.lengths);
  }

  // The feature of the column's key; without dtype where it is missing, which a Feature without a list is too.
  Result<FeatureView> Feature(const Column& column) const {
    const auto message = found_[column.slot];
    if (!message) return FeatureView();
    SMCLI_ASSIGN_OR_RETURN(const FeatureView feature, ReadFeature(*message));
    if (feature.dtype != DataType::kInvalid && feature.dtype != column.values.dtype()) {
      return ModelError("data types don't match: {} but expected {}", Name(feature.dtype), Name(column.values.dtype()));
    }
    return feature;
  }

  Status AddList(Column& column, const std::string& key) {
    auto feature = Feature(column);
    if (!feature.ok()) return std::move(feature).error().Annotate(fmt::format("feature '{}'", key));
    const int64_t before = column.values.size();
    if (feature->dtype != DataType::kInvalid) SMCLI_RETURN_IF_ERROR(column.values.Append(*feature));
    column.lengths.push_back(column.values.size() - before);
    return {};
  }

  Status AddDense(Column& column, size_t i) {
    SMCLI_ASSIGN_OR_RETURN(const FeatureView feature, Feature(column));
    const DenseShape& shape = columns_.dense_shapes[i];
    const int64_t before = column.values.size();
    if (feature.dtype != DataType::kInvalid) {
      SMCLI_RETURN_IF_ERROR(column.values.Append(feature));
    } else if (!shape.variable) {
      if (defaults_[i].num_elements() == 0) {
        return ModelError("{} is required but could not be found", Name(column.values.dtype()));
      }
      column.values.Append(defaults_[i]);
    }
    const int64_t count = column.values.size() - before;
    const int64_t stride = shape.row.num_elements();
    if (shape.variable ? (stride == 0 ? count != 0 : count % stride != 0) : count != stride) {
      return ModelError("{} values do not make the shape {}", count, shape.declared.ToString());
    }
    column.lengths.push_back(count);
    return {};
  }

  Tensor Indices(const Column& column) const {
    std::vector<int64_t> indices;
    for (size_t row = 0; row < column.lengths.size(); ++row) {
      for (int64_t i = 0; i < column.lengths[row]; ++i) {
        if (!single_) indices.push_back(static_cast<int64_t>(row));
        indices.push_back(i);
      }
    }
    const int64_t rank = single_ ? 1 : 2;
    return Tensor::Of<int64_t>(Shape{static_cast<int64_t>(indices.size()) / rank, rank}, indices);
  }

  Result<Tensor> DenseValues(Column& column, const DenseShape& shape, const Tensor& filler) const {
    IntList dims;
    if (!single_) dims.push_back(static_cast<int64_t>(column.lengths.size()));
    const int64_t stride = shape.row.num_elements();
    const int64_t width = shape.variable ? Longest(column) : stride;
    if (shape.variable) dims.push_back(stride == 0 ? 0 : width / stride);
    if (dims.size() + shape.row.rank() > kMaxRank) return ModelError("too many dimensions");
    dims.append(shape.row.dims());
    SMCLI_ASSIGN_OR_RETURN(const Shape full, CheckedShape(dims));
    return column.values.TakePadded(column.lengths, width, shape.variable ? &filler : nullptr, full);
  }

  const Columns& columns_;
  const Keys& keys_;
  std::span<const Tensor> defaults_;
  bool single_;
  WantedKeys wanted_;
  std::vector<Column> sparse_, dense_, ragged_;
  FoundMessages found_;
};

Status Parse(KernelContext& ctx, const Columns& columns, const Keys& keys, int first_default, const Tensor* names) {
  const Tensor& serialized = ctx.input(0);
  std::vector<Tensor> defaults;
  for (int i = first_default; i < ctx.num_inputs(); ++i) defaults.push_back(ctx.input(i));
  ExampleBatch batch(columns, keys, defaults, serialized.shape().scalar());
  SMCLI_RETURN_IF_ERROR(batch.CheckDefaults());
  for (int64_t i = 0; i < serialized.num_elements(); ++i) {
    auto status = batch.Add(serialized.data<std::string>()[i]);
    if (status.ok()) continue;
    const bool named = names != nullptr && names->num_elements() > 0;
    return std::move(status).Annotate(named ? fmt::format("example {} ({})", i, names->data<std::string>()[i])
                                            : fmt::format("example {}", i));
  }
  return batch.Output(ctx);
}

class ParseExample final : public Kernel {
 public:
  static Result<ParseExample> Make(const NodeInfo& node) {
    ParseExample kernel;
    kernel.second_version_ = node.op == "ParseExampleV2";
    SMCLI_ASSIGN_OR_RETURN(kernel.columns_, Columns::Of(node));
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    const Tensor& serialized = ctx.input(0);
    const Tensor& names = ctx.input(1);
    if (serialized.rank() > 1 || (!second_version_ && serialized.shape().scalar())) {
      return ModelError("expected serialized to be a {}vector, got shape {}", second_version_ ? "scalar or " : "",
                        serialized.shape().ToString());
    }
    if (names.num_elements() > 0 && !(names.shape() == serialized.shape())) {
      return ModelError("names {} and serialized {} must have the same shape", names.shape().ToString(),
                        serialized.shape().ToString());
    }
    Keys keys;
    int next = 2;
    if (second_version_) {
      SMCLI_ASSIGN_OR_RETURN(keys.sparse, TextVector(ctx.input(2), "sparse_keys", columns_.sparse_types.size()));
      SMCLI_ASSIGN_OR_RETURN(keys.dense, TextVector(ctx.input(3), "dense_keys", columns_.dense_types.size()));
      SMCLI_ASSIGN_OR_RETURN(keys.ragged, TextVector(ctx.input(4), "ragged_keys", columns_.ragged_types.size()));
      next = 5;
    } else {
      SMCLI_RETURN_IF_ERROR(ScalarKeys(ctx, columns_.sparse_types.size(), next, keys.sparse));
      SMCLI_RETURN_IF_ERROR(ScalarKeys(ctx, columns_.dense_types.size(), next, keys.dense));
    }
    return Parse(ctx, columns_, keys, next, &names);
  }

 private:
  static Status ScalarKeys(KernelContext& ctx, size_t count, int& next, std::vector<std::string>& keys) {
    for (size_t i = 0; i < count; ++i) {
      SMCLI_ASSIGN_OR_RETURN(std::string key, ScalarOf<std::string>(ctx.input(next++), "a key"));
      keys.push_back(std::move(key));
    }
    return {};
  }

  Columns columns_;
  bool second_version_ = true;
};

class ParseSingleExample final : public Kernel {
 public:
  static Result<ParseSingleExample> Make(const NodeInfo& node) {
    ParseSingleExample kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.columns_, Columns::Of(node));
    SMCLI_ASSIGN_OR_RETURN(kernel.keys_.sparse, node.attrs.Strings("sparse_keys"));
    SMCLI_ASSIGN_OR_RETURN(kernel.keys_.dense, node.attrs.Strings("dense_keys"));
    if (kernel.keys_.sparse.size() != kernel.columns_.sparse_types.size() ||
        kernel.keys_.dense.size() != kernel.columns_.dense_types.size()) {
      return ModelError("the numbers of keys and types differ");
    }
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    SMCLI_RETURN_IF_ERROR(ExpectScalar(ctx.input(0), "serialized"));
    return Parse(ctx, columns_, keys_, 1, nullptr);
  }

 private:
  Columns columns_;
  Keys keys_;
};

constexpr Op kOps[] = {
    {.name = "ParseExample", .types = {}, .make = MakeKernel<ParseExample>},
    {.name = "ParseExampleV2", .types = {}, .make = MakeKernel<ParseExample>},
    {.name = "ParseSingleExample", .types = {}, .make = MakeKernel<ParseSingleExample>},
};

}  // namespace

std::span<const Op> ParseExampleOps() { return kOps; }

}  // namespace smcli
