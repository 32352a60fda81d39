#include "inspect/scope_table.h"

#include <fmt/format.h>

#include <algorithm>

namespace smcli {
namespace {

constexpr size_t kShownOps = 3;

std::string OpsText(const Scope& scope) {
  std::string out;
  for (size_t i = 0; i < std::min(scope.ops.size(), kShownOps); ++i) {
    if (i > 0) out += ", ";
    out += scope.ops[i].second == 1 ? std::string(scope.ops[i].first)
                                    : fmt::format("{} {}", scope.ops[i].second, scope.ops[i].first);
  }
  if (scope.ops.size() > kShownOps) out += fmt::format(", {} more", scope.ops.size() - kShownOps);
  return out;
}

}  // namespace

Table ScopeTable(const ScopeGraph& graph) {
  std::vector<Value::List> sources(graph.scopes.size());
  for (const ScopeEdge& edge : graph.edges) sources[edge.to].push_back(Value::Text(graph.scopes[edge.from].name));
  Table table;
  table.columns = {{"scope", "scope"}, {"nodes", "nodes"}, {"ops", "ops"}, {"reads", "reads"}};
  for (size_t i = 0; i < graph.scopes.size(); ++i) {
    const Scope& scope = graph.scopes[i];
    Value::List ops;
    for (const auto& [op, count] : scope.ops) {
      ops.push_back(Value::Of(Value::Object{{"op", "", Value::Text(op)}, {"count", "", Value::Count(count)}}));
    }
    table.Add({Value::Text(scope.name), Value::Count(scope.nodes),
               Value::WithGist(OpsText(scope), Value::Of(std::move(ops))),
               sources[i].empty() ? Value::WithGist("-", Value::Of(Value::List())) : Value::Of(std::move(sources[i]))});
  }
  return table;
}

}  // namespace smcli
