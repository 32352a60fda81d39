#include "inspect/describe_graph.h"

#include <fmt/format.h>

#include "base/text.h"

namespace smcli {

Value GraphSummary(const GraphOutline& outline) {
  int64_t function_nodes = 0;
  for (const FunctionOutline& function : outline.functions) function_nodes += function.num_nodes;
  const auto functions = static_cast<int64_t>(outline.functions.size());
  const auto kinds = static_cast<int64_t>(outline.all_ops.size());
  std::string gist = Counted(outline.num_nodes, "node");
  if (functions > 0)
    gist += fmt::format(", {} with {}", Counted(functions, "function"), Counted(function_nodes, "node"));
  gist += fmt::format(", {} of op", kinds == 1 ? "1 kind" : fmt::format("{} kinds", kinds));
  if (outline.constant_bytes > 0)
    gist += fmt::format(", {} in constants", HumanSize(static_cast<uint64_t>(outline.constant_bytes)));
  Value::Object numbers = {{"nodes", "", Value::Count(outline.num_nodes)},
                           {"functions", "", Value::Count(functions)},
                           {"function_nodes", "", Value::Count(function_nodes)},
                           {"op_types", "", Value::Count(kinds)},
                           {"constant_bytes", "", Value::Bytes(static_cast<uint64_t>(outline.constant_bytes))}};
  return Value::WithGist(std::move(gist), Value::Of(std::move(numbers)));
}

Value::Object DescribeVersions(const MetaGraph& meta_graph, const GraphOutline& outline) {
  const MetaInfo& info = meta_graph.info();
  Value::List bad_consumers;
  for (const int consumer : outline.versions.bad_consumers) bad_consumers.push_back(Value::Int(consumer));
  Value::Object object;
  object.push_back({"tensorflow_version", "TensorFlow", Value::Text(info.tensorflow_version)});
  object.push_back({"tensorflow_git_version", "git version", Value::Text(info.tensorflow_git_version)});
  object.push_back({"meta_graph_version", "meta-graph version", Value::Text(info.meta_graph_version)});
  object.push_back({"producer", "graph producer", Value::Int(outline.versions.producer)});
  object.push_back({"min_consumer", "minimum consumer", Value::Int(outline.versions.min_consumer)});
  object.push_back({"bad_consumers", "bad consumers", Value::Of(std::move(bad_consumers))});
  object.push_back({"stripped_default_attrs", "default attributes stripped", Value(info.stripped_default_attrs)});
  return object;
}

}  // namespace smcli
