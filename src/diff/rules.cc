#include "diff/rules.h"

#include <algorithm>
#include <array>
#include <set>

namespace smcli {

std::span<const Rule> ModelRules();
std::span<const Rule> SignatureRules();
std::span<const Rule> InputRules();
std::span<const Rule> OutputRules();

namespace {

struct CategoryRow {
  std::string_view name;
  Categories bits;
};
constexpr CategoryRow kCategories[] = {
    {"LOAD", kLoad}, {"PREDICT", kPredict}, {"REST", kRest}, {"GRAPH", kGraph}, {"all", kAllCategories}};

// Ops of the main graph and all functions; calls of functions by name are no ops.
Result<std::set<std::string, std::less<>>> OpsOf(const MetaGraph& meta_graph) {
  SMCLI_ASSIGN_OR_RETURN(const GraphOutline outline, meta_graph.Outline());
  SMCLI_ASSIGN_OR_RETURN(const FunctionLibrary* functions, meta_graph.functions());
  std::set<std::string, std::less<>> ops;
  for (const auto& [op, count] : outline.all_ops) {
    if (!functions->Contains(op)) ops.emplace(op);
  }
  return ops;
}

}  // namespace

std::optional<Categories> CategoryFromName(std::string_view name) {
  for (const CategoryRow& row : kCategories) {
    if (row.name == name) return row.bits;
  }
  return std::nullopt;
}

std::vector<std::string_view> CategoryNames(Categories categories) {
  std::vector<std::string_view> names;
  for (const CategoryRow& row : kCategories) {
    if (row.bits != kAllCategories && (categories & row.bits) != 0) names.push_back(row.name);
  }
  return names;
}

Result<std::vector<RuleContext::GraphFacts>> ReadGraphFacts(std::span<const MetaGraphPair> meta_graphs) {
  std::set<std::string, std::less<>> known;
  for (const MetaGraphPair& pair : meta_graphs) {
    if (!pair.before) continue;
    SMCLI_ASSIGN_OR_RETURN(auto ops, OpsOf(*pair.before));
    known.merge(ops);
  }
  std::vector<RuleContext::GraphFacts> all;
  for (const MetaGraphPair& pair : meta_graphs) {
    RuleContext::GraphFacts& facts = all.emplace_back();
    if (!pair.kept()) continue;
    SMCLI_ASSIGN_OR_RETURN(const GraphVersions before, ReadGraphVersions(pair.before->graph_def_bytes()));
    SMCLI_ASSIGN_OR_RETURN(const GraphVersions after, ReadGraphVersions(pair.after->graph_def_bytes()));
    facts.min_consumer_before = before.min_consumer;
    facts.min_consumer_after = after.min_consumer;
    SMCLI_ASSIGN_OR_RETURN(const auto ops, OpsOf(*pair.after));
    for (const std::string& op : ops) {
      if (!known.contains(op) && !IsTensorFlowOp(op)) facts.unregistered_ops.push_back(op);
    }
  }
  return all;
}

std::span<const Rule* const> AllRules() {
  static const std::vector<const Rule*> rules = [] {
    std::vector<const Rule*> all;
    for (const auto table : {ModelRules(), SignatureRules(), InputRules(), OutputRules()}) {
      for (const Rule& rule : table) all.push_back(&rule);
    }
    return all;
  }();
  return rules;
}

std::vector<Breakage> RunRules(const RuleContext& context) {
  std::vector<Breakage> breakages;
  for (const Rule* rule : AllRules()) {
    RuleReporter reporter(*rule, breakages);
    rule->run(context, reporter);
  }
  return breakages;
}

}  // namespace smcli
