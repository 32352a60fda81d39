#include "check/shapes.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "check/tensor_facts.h"

namespace smcli {
namespace {

using Dims = std::vector<int64_t>;

struct Inferred {
  PartialShape shape;
  std::string fault;  // not empty: the inputs do not fit
};

struct ShapeInput {
  const AttrReader& attrs;
  std::span<const PartialShape> inputs;

  // Unknown where the node lacks the input.
  PartialShape input(size_t i) const { return i < inputs.size() ? inputs[i] : PartialShape(); }
};

bool Differ(int64_t a, int64_t b) { return a >= 0 && b >= 0 && a != b; }
int64_t Known(int64_t a, int64_t b) { return a >= 0 ? a : b; }
Inferred Fault(std::string text) { return {PartialShape(), std::move(text)}; }

Inferred DimensionsDiffer(std::string_view what, const ShapeInput& node) {
  return Fault(fmt::format("{}: shapes {} and {}", what, node.input(0).ToString(), node.input(1).ToString()));
}

Inferred Same(const ShapeInput& node) { return {node.input(0), ""}; }

Inferred OfConst(const ShapeInput& node) { return {ConstShape(node.attrs), ""}; }
Inferred OfPlaceholder(const ShapeInput& node) { return {PlaceholderShape(node.attrs), ""}; }

Inferred OfVariable(const ShapeInput& node) {
  const auto shape = node.attrs.Shape("shape");
  if (!shape.ok()) return {};
  return {*shape, ""};
}

Inferred Broadcast(const ShapeInput& node) {
  const PartialShape a = node.input(0), b = node.input(1);
  if (!a.known_rank() || !b.known_rank()) return {};
  const int rank = std::max(a.rank(), b.rank());
  Dims dims(static_cast<size_t>(rank));
  for (int i = 0; i < rank; ++i) {
    const int64_t x = i < rank - a.rank() ? 1 : a.dim(i - (rank - a.rank()));
    const int64_t y = i < rank - b.rank() ? 1 : b.dim(i - (rank - b.rank()));
    if (x != 1 && y != 1 && Differ(x, y)) return DimensionsDiffer("dimensions must be equal", node);
    // An open dimension beside 1 stays open; beside another size it must be that size.
    dims[static_cast<size_t>(i)] = x == 1 ? y : y == 1 ? x : Known(x, y);
  }
  return {PartialShape(std::move(dims)), ""};
}

// Ops that broadcast only where they say so keep to the rule for equal shapes.
Inferred AllEqual(const ShapeInput& node) {
  PartialShape sum = node.input(0);
  for (const PartialShape& input : node.inputs) {
    if (!sum.CompatibleWith(input)) {
      return Fault(fmt::format("shapes must be equal: {} and {}", sum.ToString(), input.ToString()));
    }
    if (!sum.known_rank()) sum = input;
  }
  return {sum, ""};
}

Inferred BiasAdd(const ShapeInput& node) {
  const PartialShape value = node.input(0), bias = node.input(1);
  if (bias.known_rank() && bias.rank() != 1) return DimensionsDiffer("the bias must be a vector", node);
  if (!value.known_rank() || !bias.known_rank()) return {value, ""};
  if (value.rank() < 2) return DimensionsDiffer("the value must have a batch and channels", node);
  const bool channels_first = node.attrs.String("data_format", "NHWC").starts_with("NC");
  if (Differ(value.dim(channels_first ? 1 : value.rank() - 1), bias.dim(0))) {
    return DimensionsDiffer("the bias must have an element per channel", node);
  }
  return {value, ""};
}

struct MatrixFlags {
  std::string_view left, right;
};

// Rows and columns of the last two dimensions.
Inferred MatrixProduct(const ShapeInput& node, const MatrixFlags& flags, bool batched) {
  const PartialShape a = node.input(0), b = node.input(1);
  for (const PartialShape& side : {a, b}) {
    if (side.known_rank() && (batched ? side.rank() < 2 : side.rank() != 2)) {
      return DimensionsDiffer(batched ? "at least matrices are wanted" : "matrices are wanted", node);
    }
  }
  if (!a.known_rank() || !b.known_rank()) return {};
  const bool left = node.attrs.Bool(flags.left, false), right = node.attrs.Bool(flags.right, false);
  if (Differ(a.dim(a.rank() - (left ? 2 : 1)), b.dim(b.rank() - (right ? 1 : 2)))) {
    return DimensionsDiffer("inner dimensions must be equal", node);
  }
  if (batched) return {};
  return {PartialShape(Dims{a.dim(left ? 1 : 0), b.dim(right ? 0 : 1)}), ""};
}
Inferred MatMul(const ShapeInput& node) { return MatrixProduct(node, {"transpose_a", "transpose_b"}, false); }
Inferred BatchMatMul(const ShapeInput& node) { return MatrixProduct(node, {"adj_x", "adj_y"}, true); }

Inferred Conv2D(const ShapeInput& node) {
  const PartialShape value = node.input(0), filter = node.input(1);
  if (filter.known_rank() && filter.rank() != 4) return DimensionsDiffer("the filter must have 4 dimensions", node);
  if (value.known_rank() && value.rank() != 4) return DimensionsDiffer("the input must have 4 dimensions", node);
  if (!value.known_rank() || !filter.known_rank()) return {};
  const bool channels_first = node.attrs.String("data_format", "NHWC") == "NCHW";
  const int64_t channels = value.dim(channels_first ? 1 : 3), taken = filter.dim(2);
  if (channels > 0 && taken > 0 && channels % taken != 0) {
    return DimensionsDiffer("the input's channels must be a multiple of the filter's", node);
  }
  return {};
}

struct ShapeRow {
  std::string_view op;
  Inferred (*infer)(const ShapeInput& node);
};
constexpr ShapeRow kRows[] = {
    {"Abs", Same},
    {"Add", Broadcast},
    {"AddN", AllEqual},
    {"AddV2", Broadcast},
    {"BatchMatMul", BatchMatMul},
    {"BatchMatMulV2", BatchMatMul},
    {"BiasAdd", BiasAdd},
    {"Cast", Same},
    {"Const", OfConst},
    {"Conv2D", Conv2D},
    {"Div", Broadcast},
    {"DivNoNan", Broadcast},
    {"Elu", Same},
    {"Enter", Same},
    {"Exp", Same},
    {"FloorDiv", Broadcast},
    {"Gelu", Same},
    {"Greater", Broadcast},
    {"GreaterEqual", Broadcast},
    {"Identity", Same},
    {"LeakyRelu", Same},
    {"Less", Broadcast},
    {"LessEqual", Broadcast},
    {"Log", Same},
    {"LogicalAnd", Broadcast},
    {"LogicalNot", Same},
    {"LogicalOr", Broadcast},
    {"MatMul", MatMul},
    {"Maximum", Broadcast},
    {"Minimum", Broadcast},
    {"Mul", Broadcast},
    {"Neg", Same},
    {"Placeholder", OfPlaceholder},
    {"Pow", Broadcast},
    {"ReadVariableOp", Same},
    {"RealDiv", Broadcast},
    {"Relu", Same},
    {"Relu6", Same},
    {"Rsqrt", Same},
    {"Selu", Same},
    {"Sigmoid", Same},
    {"Softmax", Same},
    {"Softplus", Same},
    {"Sqrt", Same},
    {"Square", Same},
    {"SquaredDifference", Broadcast},
    {"StopGradient", Same},
    {"Sub", Broadcast},
    {"Tanh", Same},
    {"VarHandleOp", OfVariable},
    {"Variable", OfVariable},
    {"VariableV2", OfVariable},
};

class ShapeWalk {
 public:
  explicit ShapeWalk(const Graph& graph) : graph_(graph), shapes_(graph.nodes().size()) {
    for (const ShapeRow& row : kRows) rows_.emplace(row.op, row.infer);
  }

  std::vector<NodeFault> Run(std::span<const int32_t> order) {
    for (const int32_t id : order) Visit(id);
    return std::move(faults_);
  }

 private:
  void Visit(int32_t id) {
    const Node& node = graph_.node(id);
    const auto row = rows_.find(node.op);
    if (row == rows_.end() || node.schema == nullptr) return;
    inputs_.clear();
    for (const Endpoint& input : node.inputs) {
      // The rows have one output each; what has more is not in the table, and its shapes stay unknown.
      inputs_.push_back(input.node >= 0 && input.output == 0 ? shapes_[static_cast<size_t>(input.node)]
                                                             : PartialShape());
    }
    Inferred inferred = row->second({graph_.attrs(id), inputs_});
    if (!inferred.fault.empty()) faults_.push_back({node.name, fmt::format("{}: {}", node.op, inferred.fault)});
    shapes_[static_cast<size_t>(id)] = std::move(inferred.shape);
  }

  const Graph& graph_;
  std::unordered_map<std::string_view, Inferred (*)(const ShapeInput&)> rows_;
  std::vector<PartialShape> shapes_;  // by node, of its output 0
  std::vector<PartialShape> inputs_;
  std::vector<NodeFault> faults_;
};

}  // namespace

std::vector<NodeFault> CheckShapes(const Graph& graph, std::span<const int32_t> order) {
  return ShapeWalk(graph).Run(order);
}

}  // namespace smcli
