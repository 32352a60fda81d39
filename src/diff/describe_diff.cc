#include "diff/describe_diff.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "diff/describe_rules.h"
#include "diff/interface.h"

namespace smcli {
namespace {

Value TextOrNothing(const std::string& text) { return text.empty() ? Value() : Value::Text(text); }

// "differ in interface and weights", "identical".
std::string Verdict(const DiffAnswer& answer) {
  const ModelDiff& diff = answer.diff;
  std::vector<std::string_view> areas;
  if (!diff.interface.empty()) areas.push_back("interface");
  if (diff.graph_changed()) areas.push_back("graph");
  if (diff.weights_changed()) areas.push_back("weights");
  if (diff.assets_changed()) areas.push_back("assets");
  if (answer.behaviour && answer.behaviour->changed()) areas.push_back("behaviour");
  return areas.empty() ? "identical" : fmt::format("differ in {}", fmt::join(areas, ", "));
}

Value CategoriesValue(const Rule& rule) {
  Value::List list;
  for (const std::string_view name : CategoryNames(rule.categories)) list.push_back(Value::Text(name));
  return Value::Of(std::move(list));
}

Table BreakingTable(const DiffAnswer& answer) {
  Table table{{{"where", "where"}, {"message", "change"}, {"rule", "rule"}, {"category", "breaks"}}, {}, ""};
  for (const Breakage& breakage : answer.breaking.counted) {
    table.Add({Value::Text(breakage.where), Value::Text(breakage.message), Value::Text(breakage.rule->name),
               CategoriesValue(*breakage.rule)});
  }
  if (answer.breaking.ignored > 0) table.note = fmt::format("{} more ignored", answer.breaking.ignored);
  return table;
}

Table ChangeTable(const std::vector<Change>& changes, size_t limit) {
  Table table{{{"", " "}, {"kind", ""}, {"where", "where"}, {"what", "what"}, {"old", "old"}, {"new", "new"}}, {}, ""};
  for (const Change& change : changes) {
    table.Add({Value::Text(std::string(1, SignOf(change.kind))), Value::Text(Name(change.kind)),
               TextOrNothing(change.where), TextOrNothing(change.what), TextOrNothing(change.before),
               TextOrNothing(change.after)});
  }
  Shorten(limit, table);
  return table;
}

std::string AssetText(const AssetPair& asset) {
  if (asset.content_changed) return "content";
  if (asset.before.exists != asset.after.exists) return asset.after.exists ? "file added" : "file removed";
  return asset.after.declared ? "now declared" : "no longer declared";
}

Table AssetTable(const DiffAnswer& answer) {
  Table table{
      {{"", " "}, {"kind", ""}, {"path", "asset"}, {"what", "what"}, {"old_bytes", "old"}, {"new_bytes", "new"}},
      {},
      ""};
  for (const AssetPair& asset : answer.diff.assets) {
    if (!asset.changed()) continue;
    ChangeKind kind = ChangeKind::kChanged;
    if (!asset.before.exists && asset.after.exists) kind = ChangeKind::kAdded;
    if (asset.before.exists && !asset.after.exists) kind = ChangeKind::kRemoved;
    const auto size = [](const AssetSide& side) { return side.exists ? Value::Bytes(side.size) : Value(); };
    table.Add({Value::Text(std::string(1, SignOf(kind))), Value::Text(Name(kind)), Value::Text(asset.path),
               Value::Text(AssetText(asset)), size(asset.before), size(asset.after)});
  }
  Shorten(answer.row_limit, table);
  return table;
}

Value::List AreaNames(Areas areas) {
  Value::List names;
  if (areas & kInterfaceArea) names.push_back(Value::Text("interface"));
  if (areas & kGraphArea) names.push_back(Value::Text("graph"));
  if (areas & kWeightsArea) names.push_back(Value::Text("weights"));
  if (areas & kAssetsArea) names.push_back(Value::Text("assets"));
  return names;
}

void AddDetails(const DiffAnswer& answer, Report& report) {
  const ModelDiff& diff = answer.diff;
  if (answer.behaviour) report.Add("behaviour", "Behaviour", DescribeBehaviour(*answer.behaviour));
  report.Add("interface_changes", diff.interface.empty() ? "" : "Interface",
             Value::Of(ChangeTable(diff.interface, answer.row_limit)));
  Value::List graphs;
  bool any = false;
  for (const GraphDiff& graph : diff.graphs) {
    graphs.push_back(DescribeGraphDiff(graph, answer.row_limit));
    any = any || graph.changed;
  }
  report.Add("graphs", any ? "Graph" : "", Value::Of(std::move(graphs)));
  if (diff.weights) {
    report.Add("variables", diff.weights->changed ? "Weights" : "",
               DescribeWeightsDiff(*diff.weights, answer.row_limit));
  }
  report.Add("asset_changes", diff.assets_changed() ? "Assets" : "", Value::Of(AssetTable(answer)));
  Table sizes = SizeTable(answer);
  const bool same_sizes = sizes.rows.size() <= 1;
  report.Add("sizes", same_sizes ? "" : "Sizes", Value::Of(std::move(sizes)));
  report.Add("metadata", diff.metadata.empty() ? "" : "Metadata (no difference)",
             Value::Of(ChangeTable(diff.metadata, answer.row_limit)));
}

}  // namespace

void Shorten(size_t limit, Table& table) {
  if (limit == 0 || table.rows.size() <= limit) return;
  table.note = fmt::format("{} more; -v shows all", table.rows.size() - limit);
  table.rows.resize(limit);
}

Value::Object DescribeSide(const ModelSide& side, const ModelDiff& diff, bool after) {
  Value::Object object;
  object.push_back({"path", "path", Value::Text(side.path)});
  object.push_back({"kind", "kind", Value::Text(side.KindText())});
  if (side.model) {
    Value::List tag_sets;
    for (const auto& meta_graph : side.model->meta_graphs())
      tag_sets.push_back(Value::Text(CanonicalTags(*meta_graph)));
    object.push_back({"tag_sets", "tag sets", Value::Of(std::move(tag_sets))});
    object.push_back({"model_bytes", "model file", Value::Bytes(side.model->file_size())});
  }
  if (diff.weights) {
    const WeightsDiff& weights = *diff.weights;
    object.push_back(
        {"variables", "variables", Value::Count(after ? weights.variables_after : weights.variables_before)});
    const int64_t bytes = after ? weights.bytes_after : weights.bytes_before;
    object.push_back({"variable_bytes", "in variables", Value::Bytes(static_cast<uint64_t>(bytes))});
  }
  return object;
}

Report DescribeDiff(const DiffAnswer& answer) {
  const ModelDiff& diff = answer.diff;
  Report report;
  report.schema = "smcli.diff/1";
  report.title = fmt::format("{} -> {}", answer.before.path, answer.after.path);
  report.Add("", "result", Value::Text(Verdict(answer)));
  report.Add("identical", "", Value(answer.identical()));
  report.Add("interface", "", Value(!diff.interface.empty()));
  report.Add("weights", "", Value(diff.weights_changed()));
  report.Add("graph", "", Value(diff.graph_changed()));
  report.Add("assets", "", Value(diff.assets_changed()));
  const size_t broken = answer.breaking.counted.size();
  if (answer.policy.asked()) {
    report.Add("", "breaking",
               Value::Text(broken == 0 ? fmt::format("nothing for {}", answer.policy.text())
                                       : fmt::format("{} for {}", broken, answer.policy.text())));
  }
  report.Add("breaking", broken == 0 ? "" : "Breaking changes", Value::Of(BreakingTable(answer)));
  report.Add("ignored", "", Value::Count(answer.breaking.ignored));
  report.Add("compared", "", Value::Of(AreaNames(diff.areas)));
  report.Add("old", "", Value::Of(DescribeSide(answer.before, diff, false)));
  report.Add("new", "", Value::Of(DescribeSide(answer.after, diff, true)));
  AddDetails(answer, report);
  Value::List faults;
  for (const Error& fault : diff.faults) faults.push_back(Value::Text(fault.message()));
  report.Add("faults", "", Value::Of(std::move(faults)));
  return report;
}

FindingList DiffFindings(const DiffAnswer& answer, std::string_view version) {
  FindingList list;
  list.command = "diff";
  list.version = version;
  list.rules = DescribeBreakingRules(answer.policy.rules());
  for (const Breakage& breakage : answer.breaking.counted) {
    list.findings.push_back({std::string(breakage.rule->name), Severity::kError, answer.after.File(), breakage.where,
                             breakage.message, ""});
  }
  return list;
}

}  // namespace smcli
