#include "check/check_model.h"

#include <algorithm>

#include "check/passes.h"

namespace smcli {
namespace {

// The checkpoint is shared, so the pass over variables sees all meta-graphs together.
void CheckMetaGraphs(const CheckSubject& subject, FindingCollector& found) {
  std::vector<GraphSubject> graphs;
  for (const auto& meta_graph : subject.model->meta_graphs()) graphs.push_back(OpenGraph(subject, *meta_graph));
  CheckTagSets(subject, found);
  CheckVariables(graphs, found);
  for (const GraphSubject& graph : graphs) {
    CheckGraphs(graph, found);
    CheckNames(graph, found);
    CheckObjects(graph, found);
    CheckSignatures(graph, found);
    CheckAssets(graph, found);
    CheckUsage(graph, found);
    CheckRest(graph, found);
    CheckExecutor(graph, found);
  }
  CheckWarmup(subject, found);
}

}  // namespace

bool CheckAnswer::HasAtLeast(Severity severity) const {
  return std::ranges::any_of(findings, [&](const Finding& finding) { return finding.severity >= severity; });
}

Result<CheckAnswer> CheckModel(FileSystem& files, const std::string& path, const CheckPolicy& policy,
                               const CheckOptions& options, ThreadPool& pool) {
  CheckSubject subject(files, pool);
  subject.deep = options.deep;
  subject.progress = options.progress;
  subject.path = path;
  FindingCollector found(policy);
  SMCLI_RETURN_IF_ERROR(OpenSubject(subject, found));
  CheckModelFile(subject, found);
  CheckFolder(subject, found);
  CheckCheckpointFiles(subject, found);
  if (subject.model) CheckMetaGraphs(subject, found);
  CheckCheckpointData(subject, found);
  CheckAnswer answer{path, found.Take(), {}};
  if (subject.model) answer.notes = subject.model->notes();
  return answer;
}

}  // namespace smcli
