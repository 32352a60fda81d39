#include "scan/scan.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "base/utf8.h"
#include "model/op_defs.h"
#include "scan/hazards.h"
#include "scan/path_origin.h"

namespace smcli {
namespace {

bool AnyMatches(const std::vector<std::string>& globs, std::string_view op) {
  return std::ranges::any_of(globs, [&](const std::string& glob) { return GlobMatches(glob, op); });
}

class MetaGraphScan {
 public:
  MetaGraphScan(const MetaGraph& meta_graph, Bodies bodies, const ScanOptions& options, ScanResult& result)
      : meta_graph_(meta_graph),
        options_(options),
        result_(result),
        bodies_(std::move(bodies)),
        tracer_(meta_graph, bodies_) {}

  Status Run() {
    SMCLI_ASSIGN_OR_RETURN(const Reach reach, Reach::Find(meta_graph_, bodies_));
    reach_ = &reach;
    for (BodyId body = 0; body < static_cast<BodyId>(bodies_.size()); ++body) {
      for (const Bodies::NodeName& node : bodies_.Nodes(body)) {
        ++result_.nodes;
        Judge(body, node);
      }
    }
    ++result_.meta_graphs;
    result_.functions += static_cast<int64_t>(bodies_.size()) - 1;
    return {};
  }

 private:
  void Judge(BodyId body, const Bodies::NodeName& node) {
    if (bodies_.Find(node.op) || AnyMatches(options_.allow, node.op)) return;
    if (const Hazard* hazard = FindHazard(node.op)) {
      const PathOrigin origin = hazard->path.empty() ? PathOrigin() : tracer_.Trace(body, node.name, hazard->path);
      if (const auto rule = RuleFor(*hazard, body, node, origin)) return Add(*rule, body, node, origin);
    }
    if (AnyMatches(options_.deny, node.op)) return Add(ScanRuleId::kDeniedOp, body, node, {});
    if (!IsTensorFlowOp(node.op)) Add(ScanRuleId::kUnknownOp, body, node, {});
  }

  std::optional<ScanRuleId> RuleFor(const Hazard& hazard, BodyId body, const Bodies::NodeName& node,
                                    const PathOrigin& origin) const {
    const auto holds = [&] {
      switch (hazard.when) {
        case HazardWhen::kAlways: break;
        case HazardWhen::kForeignPath: return !origin.IsAsset() && !origin.IsSaver() && reach_->Served(body, node.name);
        case HazardWhen::kPathNotEmpty: return !origin.IsEmpty();
        case HazardWhen::kPathIsFile:
          return std::ranges::any_of(origin.sources,
                                     [](const PathSource& source) { return source.text.starts_with("file://"); });
      }
      return true;
    };
    const std::optional<ScanRuleId> rule = holds() ? std::optional(hazard.rule) : hazard.otherwise;
    // A denied op is not let off as a note.
    if (rule && ScanRuleOf(*rule).severity < ScanRuleOf(ScanRuleId::kDeniedOp).severity &&
        AnyMatches(options_.deny, node.op)) {
      return ScanRuleId::kDeniedOp;
    }
    return rule;
  }

  void Add(ScanRuleId id, BodyId body, const Bodies::NodeName& node, const PathOrigin& origin) {
    const ScanRule& rule = ScanRuleOf(id);
    if (rule.severity < options_.threshold) return;
    if (++result_.counts[rule.severity] > static_cast<int64_t>(ScanResult::kMaxFindings)) {
      ++result_.omitted;
      return;
    }
    ScanFinding finding;
    finding.rule = &rule;
    finding.severity = rule.severity;
    finding.op = node.op;
    finding.tags = meta_graph_.TagText();
    finding.function = bodies_.name(body);
    finding.node = node.name;
    finding.message = fmt::format("{} {}", Escaped(node.op), rule.verb);
    if (!origin.sources.empty()) finding.message += fmt::format(": {}", origin.Text());
    for (const PathSource& source : origin.sources) {
      const bool fixed = source.kind == PathSource::Kind::kConstant || source.kind == PathSource::Kind::kBadAsset;
      if (fixed && !source.text.empty()) finding.paths.push_back(source.text);
    }
    for (const Route& route : reach_->RoutesTo(body, node.name)) {
      finding.routes.push_back({std::string(Name(route.root->kind)), route.root->name,
                                std::vector<std::string>(route.functions.begin(), route.functions.end())});
    }
    result_.findings.push_back(std::move(finding));
  }

  const MetaGraph& meta_graph_;
  const ScanOptions& options_;
  ScanResult& result_;
  Bodies bodies_;
  PathTracer tracer_;
  const Reach* reach_ = nullptr;
};

}  // namespace

std::string ScanFinding::Where() const {
  std::string where = tags.empty() ? std::string("(no tags)") : Escaped(tags);
  if (!function.empty()) where += " > " + Escaped(function);
  return where + " > " + Escaped(node);
}

bool ScanResult::found() const { return !counts.empty() && counts.rbegin()->first > Severity::kInfo; }

Result<ScanResult> Scan(std::span<const MetaGraph* const> meta_graphs, const ScanOptions& options) {
  ScanResult result;
  for (const MetaGraph* meta_graph : meta_graphs) {
    SMCLI_ASSIGN_OR_RETURN(Bodies bodies, Bodies::Read(*meta_graph));
    SMCLI_RETURN_IF_ERROR(MetaGraphScan(*meta_graph, std::move(bodies), options, result).Run());
  }
  std::ranges::stable_sort(result.findings, std::greater(), &ScanFinding::severity);
  if (result.findings.size() > ScanResult::kMaxFindings) {
    result.omitted += static_cast<int64_t>(result.findings.size() - ScanResult::kMaxFindings);
    result.findings.resize(ScanResult::kMaxFindings);
  }
  return result;
}

}  // namespace smcli
