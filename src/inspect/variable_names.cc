#include "inspect/variable_names.h"

namespace smcli {
namespace {

// What the checkpoint says.
struct StoredNames {
  VariableNames::Names names;
  bool complete = true;  // every variable has one
};

StoredNames ReadStored(std::string_view trackables, size_t variables) {
  StoredNames stored;
  stored.names.reserve(variables);
  const Status status = VisitStoredAttributes(trackables, [&](const StoredAttribute& attribute) {
    if (attribute.name != kVariableValue) return;
    if (!attribute.full_name.empty()) stored.names.emplace(attribute.checkpoint_key, attribute.full_name);
    stored.complete &= !attribute.full_name.empty();
  });
  // Names that stand before a fault are as good as any.
  stored.complete &= status.ok();
  return stored;
}

Result<VariableNames> Match(const MetaGraph& graph, std::string_view trackables) {
  SMCLI_ASSIGN_OR_RETURN(const ObjectGraph* objects, graph.object_graph());
  SMCLI_ASSIGN_OR_RETURN(CheckpointMatch match, MatchCheckpoint(*objects, trackables));
  const auto text = std::make_shared<std::vector<std::pair<std::string, std::string>>>();  // key, name
  for (CheckpointAttribute& attribute : match.attributes) {
    const SavedObject& object = objects->node(attribute.node);
    if (object.kind != SavedObject::Kind::kVariable || object.variable.name.empty()) continue;
    text->emplace_back(std::move(attribute.checkpoint_key), object.variable.name);
  }
  VariableNames::Names names;
  for (const auto& [key, name] : *text) names.emplace(key, name);
  return VariableNames(std::move(names), text);
}

}  // namespace

VariableNames NamesOfVariables(const MetaGraph* graph, const BundleReader& checkpoint) {
  const Result<MappedFile> trackables = checkpoint.ObjectGraph();
  if (!trackables.ok() || trackables->size() == 0) return {};
  StoredNames stored = ReadStored(trackables->bytes(), checkpoint.entries().size());
  if (!stored.complete && graph != nullptr && graph->has_object_graph() &&
      graph->object_graph_bytes().view.size() <= kLargestMatched) {
    if (auto matched = Match(*graph, trackables->bytes()); matched.ok()) return *std::move(matched);
  }
  return VariableNames(std::move(stored.names), trackables->keep_alive());
}

}  // namespace smcli
