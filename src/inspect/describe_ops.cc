#include "inspect/describe_ops.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_set>

#include "base/text.h"
#include "inspect/needed_ops.h"
#include "ops/registry.h"

namespace smcli {
namespace {

std::unordered_set<std::string_view> FunctionNames(const GraphOutline& outline) {
  std::unordered_set<std::string_view> names;
  for (const FunctionOutline& function : outline.functions) names.insert(function.name);
  return names;
}

OpHistogram MostFrequentFirst(OpHistogram ops) {
  std::ranges::stable_sort(ops, [](const auto& a, const auto& b) { return a.second > b.second; });
  return ops;
}

int64_t CountIn(const OpHistogram& ops, std::string_view op) {
  const auto at = std::ranges::lower_bound(ops, op, {}, [](const auto& entry) { return entry.first; });
  return at != ops.end() && at->first == op ? at->second : 0;
}

// What tf.compat.v1.train.Saver and tf.train.Checkpoint put into a graph to write checkpoints.
bool IsSaverOp(std::string_view op) {
  static constexpr std::array<std::string_view, 6> kOps = {
      "MergeV2Checkpoints", "Save", "SaveSlices", "SaveV2", "ShardedFilename", "ShardedFilespec"};
  return std::ranges::find(kOps, op) != kOps.end();
}

int64_t NodesOf(const OpHistogram& ops) {
  int64_t nodes = 0;
  for (const auto& [op, count] : ops) nodes += count;
  return nodes;
}

}  // namespace

Table UnsupportedOps(const MetaGraph& graph, const GraphOutline& outline) {
  const std::unordered_set<std::string_view> functions = FunctionNames(outline);
  Table table;
  table.columns = {{"op", "op"}, {"count", "nodes"}, {"needed", "needed by a signature"}};
  const bool callable = std::ranges::any_of(graph.signatures(), [](const Signature& s) { return !s.internal(); });
  std::optional<NameSet> reached;  // looked for when it matters
  for (const auto& [op, count] : outline.all_ops) {
    if (FindOp(op) || functions.contains(op)) continue;
    if (!reached) reached = OpsOfSignatures(graph, outline);
    const bool needed = reached->contains(op);
    if (needed || !IsSaverOp(op)) table.Add({Value::Text(op), Value::Count(count), Value(needed || !callable)});
  }
  return table;
}

Table OpTable(const GraphOutline& outline) {
  const std::unordered_set<std::string_view> functions = FunctionNames(outline);
  Table table;
  table.columns = {
      {"op", "op"}, {"count", "nodes"}, {"main", "main graph"}, {"functions", "functions"}, {"runs", "runs"}};
  for (const auto& [op, count] : MostFrequentFirst(outline.all_ops)) {
    const int64_t in_main = CountIn(outline.ops, op);
    const bool runs = FindOp(op) || functions.contains(op);
    table.Add(
        {Value::Text(op), Value::Count(count), Value::Count(in_main), Value::Count(count - in_main), Value(runs)});
  }
  table.note = fmt::format("{} of op, {}", Counted(static_cast<int64_t>(table.rows.size()), "kind"),
                           Counted(NodesOf(outline.all_ops), "node"));
  return table;
}

Table OpTableByFunction(const GraphOutline& outline) {
  Table table;
  table.columns = {{"function", ""}, {"op", "op"}, {"count", "nodes"}};
  const auto add = [&table](std::string_view function, std::string_view heading, const OpHistogram& ops) {
    if (ops.empty()) return;
    table.Add({Value::Text(function), Value::WithGist(std::string(heading), Value()), Value::Count(NodesOf(ops))});
    for (const auto& [op, count] : MostFrequentFirst(ops)) {
      table.Add({Value::Text(function), Value::Text(op), Value::Count(count)}, 1);
    }
  };
  add("", "(main graph)", outline.ops);
  for (const FunctionOutline& function : outline.functions) add(function.name, function.name, function.ops);
  return table;
}

}  // namespace smcli
