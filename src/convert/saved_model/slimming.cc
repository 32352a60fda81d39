#include "convert/saved_model/slimming.h"

#include <algorithm>

#include "convert/saved_model/graph_slimming.h"
#include "convert/saved_model/meta_graph_edit.h"
#include "convert/saved_model/object_graph_edit.h"
#include "convert/saved_model/signature_edits.h"
#include "convert/saved_model/training_functions.h"
#include "meta_graph.pb.h"
#include "model/meta_graph.h"
#include "trackable_object_graph.pb.h"

namespace smcli {
namespace {

void DropSignatures(const std::vector<std::string>& kept, bool slim, tensorflow::MetaGraphDef& meta_graph) {
  auto& signatures = *meta_graph.mutable_signature_def();
  for (auto entry = signatures.begin(); entry != signatures.end();) {
    const bool internal = entry->first == kInitOpSignature || (entry->first == kTrainOpSignature && !slim);
    const bool stays = internal || std::ranges::find(kept, entry->first) != kept.end();
    entry = stays ? std::next(entry) : signatures.erase(entry);
  }
}

// The signatures' edges of an object graph; objects stay.
template <typename Object>
void DropEdges(const std::vector<std::string>& kept, Object& signatures) {
  auto& edges = *signatures.mutable_children();
  const auto gone = std::remove_if(edges.begin(), edges.end(), [&](const auto& edge) {
    return std::ranges::find(kept, edge.local_name()) == kept.end();
  });
  edges.erase(gone, edges.end());
}

template <typename Objects>
void DropSignatureEdges(const std::vector<std::string>& kept, Objects& objects) {
  if (objects.nodes().empty()) return;
  for (const auto& edge : objects.nodes(0).children()) {
    if (edge.local_name() == "signatures") DropEdges(kept, *objects.mutable_nodes(edge.node_id()));
  }
}

// What the objects that stay need of the graph.
Status SelectObjects(ExportedModel& model, const ConvertOptions& options, const std::vector<std::string>& keys,
                     SlimmingRoots& roots) {
  const MetaGraph& meta_graph = *model.source().graph;
  SMCLI_ASSIGN_OR_RETURN(const ObjectGraph* objects, meta_graph.object_graph());
  ObjectSelection selection(*objects, model.trackables(), model.saved_of(), keys);
  if (options.prune) {
    selection.KeepSignatures();
  } else {
    SMCLI_ASSIGN_OR_RETURN(const FunctionNames training, TrainingFunctions(meta_graph, *objects));
    selection.KeepAllButTraining(training);
  }
  selection.Connect();
  for (size_t id = 0; id < objects->nodes().size(); ++id) {
    if (!selection.IsKept(static_cast<int32_t>(id))) continue;
    const SavedObject& object = objects->nodes()[id];
    if (object.kind == SavedObject::Kind::kConstant) roots.nodes.push_back(object.text);
    if (object.kind != SavedObject::Kind::kAsset) continue;
    const auto& assets = model.meta_graph().asset_file_def();
    if (object.asset_index >= 0 && object.asset_index < assets.size()) {
      roots.feeds.push_back(assets.Get(object.asset_index).tensor_info().name());
    }
  }
  roots.functions = selection.functions();
  roots.lost_keys = RemoveObjects(selection, model).keys;
  return {};
}

// Tensors that neither objects nor the graph's saver know any more.
void DropTensors(const SlimmingRoots& roots, const SlimmedGraph& graph, ExportedModel& model) {
  const auto restored = [&](const std::string& key) {
    return !graph.restored_keys || graph.restored_keys->contains(key);
  };
  std::erase_if(model.tensors(), [&](const auto& entry) {
    if (!roots.lose_unused) return roots.lost_keys.contains(entry.first) && !restored(entry.first);
    return !graph.has_saver || !restored(entry.first);
  });
}

Status SlimAll(ExportedModel& model, const ConvertOptions& options, const std::vector<std::string>& keys) {
  SlimmingRoots roots;
  for (const std::string& key : keys) roots.signatures.push_back(model.source().graph->FindSignature(key));
  roots.lose_unused = !model.has_objects() || !model.has_trackables();
  if (model.has_objects()) SMCLI_RETURN_IF_ERROR(SelectObjects(model, options, keys, roots));
  SMCLI_ASSIGN_OR_RETURN(Rewriter * rewriter, model.rewriter());
  SMCLI_ASSIGN_OR_RETURN(const SlimmedGraph slimmed, SlimGraph(*rewriter, roots));
  DropTensors(roots, slimmed, model);
  if (!slimmed.has_saver) model.meta_graph().clear_saver_def();
  model.set_pruned();
  if (options.prune) model.DropKerasMetadata();
  return {};
}

}  // namespace

Result<std::vector<std::string>> KeptSignatures(const MetaGraph& meta_graph, const ConvertOptions& options) {
  for (const std::string& key : options.signatures)
    SMCLI_RETURN_IF_ERROR(CheckSignatureKey(meta_graph, key).Annotate("--signature"));
  for (const std::string& key : options.drop_signature) {
    SMCLI_RETURN_IF_ERROR(CheckSignatureKey(meta_graph, key).Annotate("--drop-signature"));
  }
  std::vector<std::string> kept;
  for (const Signature& signature : meta_graph.signatures()) {
    const auto listed = [&](const std::vector<std::string>& keys) {
      return std::ranges::find(keys, signature.key) != keys.end();
    };
    if (signature.internal() || listed(options.drop_signature)) continue;
    if (options.signatures.empty() || listed(options.signatures)) kept.push_back(signature.key);
  }
  return kept;
}

Status SlimModel(ExportedModel& model, const ConvertOptions& options) {
  SMCLI_ASSIGN_OR_RETURN(const std::vector<std::string> keys, KeptSignatures(*model.source().graph, options));
  const bool slim = options.prune || options.strip_training;
  DropSignatures(keys, slim, model.meta_graph());
  if (model.has_objects()) DropSignatureEdges(keys, *model.meta_graph().mutable_object_graph_def());
  if (slim) return SlimAll(model, options, keys);
  if (model.has_trackables()) DropSignatureEdges(keys, *model.trackables());
  return {};
}

}  // namespace smcli
