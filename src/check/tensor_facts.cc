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

}  // namespace

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
  if (!shape.ok() || shape->rank() == 0) return {};
  return *shape;
}

// One level deep.
std::vector<PartialShape> FactReader::ShapesOfRets(const FuncAttr& called) const {
  std::vector<PartialShape> shapes;
  if (context_.functions == nullptr || !context_.functions->Contains(called.name)) return shapes;
  const auto function = context_.functions->Get(called.name);
  if (!function.ok()) return shapes;
  std::vector<Error> problems;
  const auto body = BuildFunctionGraph(**function, called.attrs, context_, &problems);
  if (!body.ok()) return shapes;
  for (const GraphRet& ret : body->rets()) {
    const bool known = ret.endpoint.node >= 0 && !body->node(ret.endpoint.node).def.empty();
    shapes.push_back(known ? NotedShape(body->attrs(ret.endpoint.node), ret.endpoint.output) : PartialShape());
  }
  return shapes;
}

PartialShape FactReader::ReturnedShape(const AttrReader& attrs, int32_t output) {
  const auto called = attrs.Func("f");
  if (!called.ok() || !called->attrs.empty()) return {};
  const auto [known, added] = returned_.try_emplace(called->name);
  if (added) known->second = ShapesOfRets(*called);
  const auto index = static_cast<size_t>(output);
  return index < known->second.size() ? known->second[index] : PartialShape();
}

PartialShape FactReader::ShapeOf(const Endpoint& endpoint) {
  const Node& node = graph_.node(endpoint.node);
  if (node.def.empty() || node.schema == nullptr) return {};
  const AttrReader attrs = graph_.attrs(endpoint.node);
  if (node.op == "Placeholder" || node.op == "PlaceholderWithDefault") return PlaceholderShape(attrs);
  if (node.op == "Const") return ConstShape(attrs);
  if (PartialShape noted = NotedShape(attrs, endpoint.output); noted.known_rank()) return noted;
  if (node.op == "PartitionedCall" || node.op == "StatefulPartitionedCall")
    return ReturnedShape(attrs, endpoint.output);
  return {};
}

TensorFacts FactReader::Of(const Endpoint& endpoint) { return {TypeOf(graph_, endpoint), ShapeOf(endpoint)}; }

}  // namespace smcli
