#include "inspect/describe_node.h"

#include <fmt/format.h>

#include "base/text.h"
#include "base/utf8.h"
#include "inspect/tensor_text.h"
#include "model/attr_text.h"

namespace smcli {
namespace {

std::string_view NameOfNode(const Graph& graph, int32_t id) {
  return id < 0 ? std::string_view("(missing)") : graph.node(id).name;
}

// The dtypes that a node puts out; empty where nothing defines its op.
std::vector<DataType> OutputTypesOf(const Graph& graph, int32_t id) {
  if (id < 0 || !graph.node(id).schema || graph.node(id).def.empty()) return {};
  Result<ArgTypes> types = OutputTypes(graph.attrs(id));
  return types.ok() ? std::move(types->types) : std::vector<DataType>();
}

Value DtypeOf(const std::vector<DataType>& types, int32_t output) {
  const auto at = static_cast<size_t>(output);
  return at < types.size() ? Value::Text(NumpyName(types[at])) : Value();
}

Table Inputs(const Graph& graph, const Node& node) {
  Table table;
  table.columns = {{"index", "input"}, {"from", "from"}, {"op", "op"}, {"dtype", "dtype"}};
  int64_t index = 0;
  for (const Endpoint& input : node.inputs) {
    const std::string from = fmt::format("{}:{}", NameOfNode(graph, input.node), input.output);
    table.Add({Value::Int(index++), Value::Text(from),
               input.node < 0 ? Value() : Value::Text(graph.node(input.node).op),
               DtypeOf(OutputTypesOf(graph, input.node), input.output)});
  }
  return table;
}

Value::List ControlInputs(const Graph& graph, const Node& node) {
  Value::List names;
  for (const int32_t id : node.control_inputs) names.push_back(Value::Text(NameOfNode(graph, id)));
  return names;
}

// Every use of the node's outputs, and who waits for it.
Table Readers(const Graph& graph, int32_t id) {
  Table table;
  table.columns = {{"output", "output"}, {"dtype", "dtype"}, {"reader", "read by"}, {"op", "op"}};
  const std::vector<DataType> types = OutputTypesOf(graph, id);
  for (const Node& reader : graph.nodes()) {
    for (const Endpoint& input : reader.inputs) {
      if (input.node != id) continue;
      table.Add(
          {Value::Int(input.output), DtypeOf(types, input.output), Value::Text(reader.name), Value::Text(reader.op)});
    }
    for (const int32_t before : reader.control_inputs) {
      if (before != id) continue;
      table.Add({Value::Text("control"), Value(), Value::Text(reader.name), Value::Text(reader.op)});
    }
  }
  return table;
}

Table Attributes(const AttrReader& attrs) {
  Table table;
  table.columns = {{"name", "attribute"}, {"value", "value"}};
  for (const std::string_view name : attrs.Names()) {
    const std::optional<std::string_view> raw = attrs.Raw(name);
    table.Add({Value::Text(name), raw ? Value::Text(AttrText(*raw)) : Value()});
  }
  return table;
}

Result<Value::Object> DescribeIn(const Graph& graph, std::string_view name) {
  const int32_t id = graph.Find(name);
  if (id < 0) {
    std::vector<std::string_view> names;
    for (const Node& node : graph.nodes()) names.push_back(node.name);
    const std::string_view nearest = NearestName(name, names);
    return NotFoundError("no node {} in {}{}", Quoted(name),
                         graph.name().empty() ? "the main graph" : "function " + Quoted(graph.name()),
                         nearest.empty() ? "" : fmt::format("; did you mean {}?", Quoted(nearest)));
  }
  const Node& node = graph.node(id);
  Value::Object object;
  object.push_back({"name", "node", Value::Text(node.name)});
  object.push_back({"function", graph.name().empty() ? "" : "function", Value::Text(graph.name())});
  object.push_back({"op", "op", Value::Text(node.op)});
  object.push_back({"device", "device", Value::Text(node.device)});
  object.push_back({"control_inputs", "runs after", Value::Of(ControlInputs(graph, node))});
  object.push_back({"inputs", "inputs", Value::Of(Inputs(graph, node))});
  object.push_back({"attributes", "attributes", Value::Of(node.def.empty() ? Table() : Attributes(graph.attrs(id)))});
  object.push_back({"readers", "read by", Value::Of(Readers(graph, id))});
  return object;
}

}  // namespace

Result<Graph> GraphToShow(const MetaGraph& meta_graph, const std::optional<std::string>& function) {
  std::vector<Error> problems;
  if (!function) return meta_graph.GraphWithProblems(problems);
  SMCLI_ASSIGN_OR_RETURN(const FunctionLibrary* library, meta_graph.functions());
  if (!library->Contains(*function)) {
    const std::string_view nearest = NearestName(*function, library->names());
    return NotFoundError("no function {}{}; --functions lists them", Quoted(*function),
                         nearest.empty() ? "" : fmt::format("; did you mean {}?", Quoted(nearest)));
  }
  SMCLI_ASSIGN_OR_RETURN(const Function* found, library->Get(*function));
  SMCLI_ASSIGN_OR_RETURN(const GraphContext context, meta_graph.context());
  return BuildFunctionGraph(*found, {}, context, &problems);
}

Result<Value::Object> DescribeNode(const MetaGraph& meta_graph, const std::optional<std::string>& function,
                                   std::string_view name) {
  SMCLI_ASSIGN_OR_RETURN(const Graph graph, GraphToShow(meta_graph, function));
  // "node:0" names a tensor of the node.
  const std::optional<TensorName> tensor = ParseTensorName(name);
  return DescribeIn(graph, tensor && graph.Find(name) < 0 ? tensor->node : name);
}

}  // namespace smcli
