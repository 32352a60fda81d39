// The graph's part of the report.
#include <fmt/format.h>

#include "diff/describe_diff.h"

namespace smcli {
namespace {

Value TextOrNothing(const std::string& text) { return text.empty() ? Value() : Value::Text(text); }

Value Details(const std::vector<std::string>& details) {
  Value::List list;
  for (const std::string& detail : details) list.push_back(Value::Text(detail));
  if (details.empty()) return Value::WithGist("", Value::Of(std::move(list)));
  return Value::WithGist(fmt::format("{}", fmt::join(details, "; ")), Value::Of(std::move(list)));
}

std::string NodeText(const NodeChange& node) {
  if (node.kind == ChangeKind::kRenamed) return fmt::format("{} -> {}", node.before, node.after);
  return node.after.empty() ? node.before : node.after;
}

Table NodeTable(const std::vector<NodeChange>& nodes, size_t limit) {
  Table table{
      {{"", " "}, {"kind", ""}, {"", "node"}, {"old", ""}, {"new", ""}, {"op", "op"}, {"details", "what differs"}},
      {},
      ""};
  for (const NodeChange& node : nodes) {
    table.Add({Value::Text(std::string(1, SignOf(node.kind))), Value::Text(Name(node.kind)),
               Value::Text(NodeText(node)), TextOrNothing(node.before), TextOrNothing(node.after), Value::Text(node.op),
               Details(node.details)});
  }
  Shorten(limit, table);
  return table;
}

std::string FunctionText(const FunctionChange& function) {
  std::string text = fmt::format("{} {}", SignOf(function.kind), function.name);
  if (function.kind != ChangeKind::kChanged) return fmt::format("{} ({} nodes)", text, function.num_nodes);
  return function.caller.empty() ? text : fmt::format("{}, called by {}", text, function.caller);
}

Value FunctionValue(const FunctionChange& function, size_t limit) {
  Value::Object object;
  object.push_back({"", "function", Value::Text(FunctionText(function))});
  object.push_back({"kind", "", Value::Text(Name(function.kind))});
  object.push_back({"name", "", Value::Text(function.name)});
  object.push_back({"old", "", TextOrNothing(function.before)});
  object.push_back({"new", "", TextOrNothing(function.after)});
  object.push_back({"called_by", "", TextOrNothing(function.caller)});
  object.push_back({"results", function.results.empty() ? "" : "interface", Details(function.results)});
  object.push_back({"nodes", function.nodes.empty() ? "" : "nodes", Value::Of(NodeTable(function.nodes, limit))});
  return Value::Of(std::move(object));
}

Table OpTable(const std::vector<OpCount>& ops) {
  Table table{{{"op", "op"}, {"old", "old"}, {"new", "new"}}, {}, ""};
  for (const OpCount& op : ops) table.Add({Value::Text(op.op), Value::Count(op.before), Value::Count(op.after)});
  return table;
}

Table TensorNameTable(const std::vector<Change>& changes) {
  Table table{{{"where", "tensor of"}, {"old", "old"}, {"new", "new"}}, {}, ""};
  for (const Change& change : changes) {
    table.Add({Value::Text(change.where), Value::Text(change.before), Value::Text(change.after)});
  }
  return table;
}

}  // namespace

Value DescribeGraphDiff(const GraphDiff& graph, size_t row_limit) {
  Value::Object object;
  object.push_back({"tags", "", Value::Text(graph.tags)});
  object.push_back({"changed", "", Value(graph.changed)});
  object.push_back({"", "nodes", Value::Text(fmt::format("{} -> {}", graph.nodes_before, graph.nodes_after))});
  object.push_back({"old_nodes", "", Value::Count(graph.nodes_before)});
  object.push_back({"new_nodes", "", Value::Count(graph.nodes_after)});
  if (graph.min_consumer_before != graph.min_consumer_after) {
    object.push_back({"", "min_consumer",
                      Value::Text(fmt::format("{} -> {}", graph.min_consumer_before, graph.min_consumer_after))});
  }
  object.push_back({"old_min_consumer", "", Value::Count(graph.min_consumer_before)});
  object.push_back({"new_min_consumer", "", Value::Count(graph.min_consumer_after)});
  const auto label = [](bool empty, const char* text) { return empty ? "" : text; };
  object.push_back({"tensor_names", label(graph.tensor_names.empty(), "tensor names"),
                    Value::Of(TensorNameTable(graph.tensor_names))});
  object.push_back({"ops", label(graph.ops.empty(), "ops"), Value::Of(OpTable(graph.ops))});
  object.push_back({"nodes", label(graph.nodes.empty(), "main graph"), Value::Of(NodeTable(graph.nodes, row_limit))});
  Value::List functions;
  for (const FunctionChange& function : graph.functions) functions.push_back(FunctionValue(function, row_limit));
  object.push_back({"functions", label(graph.functions.empty(), "functions"), Value::Of(std::move(functions))});
  return Value::Of(std::move(object));
}

}  // namespace smcli
