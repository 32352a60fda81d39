#include "inspect/variable_names.h"

namespace smcli {
namespace {

Status Collect(const MetaGraph& graph, const BundleReader& checkpoint, VariableNames* names) {
  SMCLI_ASSIGN_OR_RETURN(const std::string trackables, checkpoint.ObjectGraph());
  if (trackables.empty()) return {};
  SMCLI_ASSIGN_OR_RETURN(const ObjectGraph* objects, graph.object_graph());
  SMCLI_ASSIGN_OR_RETURN(CheckpointMatch match, MatchCheckpoint(*objects, trackables));
  names->reserve(match.attributes.size());
  for (CheckpointAttribute& attribute : match.attributes) {
    const SavedObject& object = objects->node(attribute.node);
    if (object.kind != SavedObject::Kind::kVariable || object.variable.name.empty()) continue;
    names->emplace(std::move(attribute.checkpoint_key), object.variable.name);
  }
  return {};
}

}  // namespace

VariableNames NamesOfVariables(const MetaGraph& graph, const BundleReader& checkpoint) {
  VariableNames names;
  if (!graph.has_object_graph() || graph.object_graph_bytes().view.size() > kLargestMatched) return names;
  if (!Collect(graph, checkpoint, &names).ok()) names.clear();
  return names;
}

}  // namespace smcli
