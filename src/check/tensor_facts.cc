#include "check/tensor_facts.h"

#include "model/attr_value.h"
#include "model/functions.h"
#include "tensor/tensor_proto.h"

namespace smcli {
namespace {

DataType TypeOf(const Graph& graph, const Endpoint& endpoint) {
  const Node& node = graph.node(endpoint.node);
  for (const GraphArg& arg : graph.args()) {
    if (arg.endpoint == endpoint) return arg.dtype;
  }
  if (node.schema == nullptr) return DataType::kInvalid;
  const auto types = OutputTypes(graph.attrs(endpoint.node));
  const auto output = static_cast<size_t>(endpoint.output);
  return types.ok() && output < types->types.size() ? types->types[output] : DataType::kInvalid;
}

PartialShape NotedShape(const AttrReader& attrs, int32_t output) {
  if (!attrs.IsSet("_output_shapes")) return {};
  const auto shapes = attrs.Shapes("_output_shapes");
  if (!shapes.ok() || static_cast<size_t>(output) >= shapes->size()) return {};
  return (*shapes)[static_cast<size_t>(output)];
}

PartialShape ConstShape(const AttrReader& attrs) {
  const auto value = attrs.Raw("value");
  if (!value) return {};
  const auto member = ReadAttrMember(*value);
  if (!member.ok() || member->which != AttrField::kTensor) return {};
  const auto header = ReadTensorHeader(member->field.bytes);
  return header.ok() ? header->shape : PartialShape();
}

PartialShape PlaceholderShape(const AttrReader& attrs) {
  const auto shape = attrs.Shape("shape");
  // Before graph version 24 a placeholder without a shape said so with rank 0.
  if (!shape.ok() || shape->rank() == 0) return {};
  return *shape;
}

// The return value of a called function, one level deep.
PartialShape ReturnedShape(const AttrReader& attrs, int32_t output, const GraphContext& context) {
  const auto called = attrs.Func("f");
  if (!called.ok() || context.functions == nullptr || !context.functions->Contains(called->name)) return {};
  const auto function = context.functions->Get(called->name);
  if (!function.ok()) return {};
  std::vector<Error> problems;
  const auto body = BuildFunctionGraph(**function, called->attrs, context, &problems);
  if (!body.ok() || static_cast<size_t>(output) >= body->rets().size()) return {};
  const Endpoint ret = body->rets()[static_cast<size_t>(output)].endpoint;
  if (ret.node < 0 || body->node(ret.node).def.empty()) return {};
  return NotedShape(body->attrs(ret.node), ret.output);
}

PartialShape ShapeOf(const Graph& graph, const Endpoint& endpoint, const GraphContext& context) {
  const Node& node = graph.node(endpoint.node);
  if (node.def.empty() || node.schema == nullptr) return {};
  const AttrReader attrs = graph.attrs(endpoint.node);
  if (node.op == "Placeholder" || node.op == "PlaceholderWithDefault") return PlaceholderShape(attrs);
  if (node.op == "Const") return ConstShape(attrs);
  if (PartialShape noted = NotedShape(attrs, endpoint.output); noted.known_rank()) return noted;
  if (node.op == "PartitionedCall" || node.op == "StatefulPartitionedCall") {
    return ReturnedShape(attrs, endpoint.output, context);
  }
  return {};
}

}  // namespace

TensorFacts FactsOf(const Graph& graph, const Endpoint& endpoint, const GraphContext& context) {
  return {TypeOf(graph, endpoint), ShapeOf(graph, endpoint, context)};
}

}  // namespace smcli
