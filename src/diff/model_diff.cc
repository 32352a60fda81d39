#include "diff/model_diff.h"

#include <algorithm>

#include "diff/interface.h"

namespace smcli {
namespace {

class Comparison {
 public:
  Comparison(const FileSystem& files, const ModelSide& before, const ModelSide& after, const DiffOptions& options,
             ThreadPool& threads)
      : files_(files), before_(before), after_(after), options_(options), threads_(threads) {}

  Result<ModelDiff> Run() {
    const Areas common = AreasOf(before_) & AreasOf(after_);
    if (common == 0) {
      return UsageError("{} is a {} and {} a {}: they have nothing in common that could be compared", before_.path,
                        before_.KindText(), after_.path, after_.KindText());
    }
    diff_.areas = common & options_.areas;
    if (before_.model && after_.model) {
      SMCLI_RETURN_IF_ERROR(MatchGraphs());
      if (diff_.areas & kInterfaceArea) diff_.interface = DiffInterface(diff_.meta_graphs);
      if (diff_.areas & kGraphArea) SMCLI_RETURN_IF_ERROR(CompareGraphs());
      SMCLI_ASSIGN_OR_RETURN(diff_.assets, DiffAssets(files_, *before_.model, *after_.model));
      if (common & kInterfaceArea) SMCLI_RETURN_IF_ERROR(CheckRules());
      if (!(diff_.areas & kAssetsArea)) diff_.assets.clear();
      CompareMetadata();
    }
    if (diff_.areas & kWeightsArea) SMCLI_RETURN_IF_ERROR(CompareWeights());
    return std::move(diff_);
  }

 private:
  Status MatchGraphs() {
    if (before_.model->frozen() || after_.model->frozen()) {
      SMCLI_ASSIGN_OR_RETURN(const MetaGraph* before, Pick(*before_.model));
      SMCLI_ASSIGN_OR_RETURN(const MetaGraph* after, Pick(*after_.model));
      diff_.meta_graphs.push_back(MatchMetaGraph("", *before, *after));
      return {};
    }
    diff_.meta_graphs = MatchMetaGraphs(*before_.model, *after_.model);
    if (!options_.tags) return {};
    std::erase_if(diff_.meta_graphs, [&](const MetaGraphPair& pair) {
      return !(pair.before ? pair.before : pair.after)->HasTags(*options_.tags);
    });
    if (!diff_.meta_graphs.empty()) return {};
    return before_.model->PickMetaGraph(options_.tags).error();
  }

  Result<const MetaGraph*> Pick(const SavedModel& model) const {
    return model.PickMetaGraph(model.frozen() ? std::nullopt : options_.tags);
  }

  Status CompareGraphs() {
    for (const MetaGraphPair& pair : diff_.meta_graphs) {
      if (!pair.kept()) continue;
      SMCLI_ASSIGN_OR_RETURN(GraphDiff graph, DiffGraphs(pair, threads_));
      std::ranges::move(graph.problems, std::back_inserter(diff_.faults));
      graph.problems.clear();
      diff_.graphs.push_back(std::move(graph));
    }
    return {};
  }

  Status CheckRules() {
    RuleContext context{diff_.meta_graphs, diff_.assets, {}};
    SMCLI_ASSIGN_OR_RETURN(context.graphs, ReadGraphFacts(diff_.meta_graphs));
    diff_.breakages = RunRules(context);
    return {};
  }

  Status CompareWeights() {
    for (const ModelSide* side : {&before_, &after_}) {
      if (!side->checkpoint_fault) continue;
      diff_.faults.push_back(*side->checkpoint_fault);
      diff_.areas &= static_cast<Areas>(~kWeightsArea);
    }
    if (!(diff_.areas & kWeightsArea)) return {};
    SMCLI_ASSIGN_OR_RETURN(diff_.weights,
                           DiffWeights(before_.checkpoint.get(), after_.checkpoint.get(), options_.weights, threads_));
    std::ranges::move(diff_.weights->faults, std::back_inserter(diff_.faults));
    diff_.weights->faults.clear();
    return {};
  }

  void CompareMetadata() {
    const auto compare = [&](std::string_view what, const std::string& before, const std::string& after) {
      if (before != after) diff_.metadata.push_back({ChangeKind::kChanged, "", before, after, std::string(what)});
    };
    for (const MetaGraphPair& pair : diff_.meta_graphs) {
      if (!pair.kept()) continue;
      compare("TensorFlow", pair.before->info().tensorflow_version, pair.after->info().tensorflow_version);
      const auto before = ReadGraphVersions(pair.before->graph_def_bytes());
      const auto after = ReadGraphVersions(pair.after->graph_def_bytes());
      if (before.ok() && after.ok()) {
        compare("graph producer", fmt::format("{}", before->producer), fmt::format("{}", after->producer));
      }
    }
    const auto same = [](const Change& a, const Change& b) { return a.what == b.what; };
    diff_.metadata.erase(std::unique(diff_.metadata.begin(), diff_.metadata.end(), same), diff_.metadata.end());
  }

  const FileSystem& files_;
  const ModelSide& before_;
  const ModelSide& after_;
  const DiffOptions& options_;
  ThreadPool& threads_;
  ModelDiff diff_;
};

}  // namespace

Areas AreasOf(const ModelSide& side) {
  if (!side.model) return kWeightsArea;
  return side.model->frozen() ? Areas{kGraphArea} : kAllAreas;
}

bool ModelDiff::graph_changed() const { return std::ranges::any_of(graphs, &GraphDiff::changed); }

bool ModelDiff::assets_changed() const { return std::ranges::any_of(assets, &AssetPair::changed); }

Result<ModelDiff> DiffModels(const FileSystem& files, const ModelSide& before, const ModelSide& after,
                             const DiffOptions& options, ThreadPool& threads) {
  return Comparison(files, before, after, options, threads).Run();
}

}  // namespace smcli
