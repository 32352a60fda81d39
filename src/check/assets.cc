// The assets of a meta-graph: their files, and the tensors that take their paths.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/links.h"
#include "base/path.h"
#include "check/passes.h"

namespace smcli {
namespace {

// Does a path go from the asset's tensor to an op that may open it? Variables that keep the path do not.
bool IsReadInGraph(const GraphSubject& subject, const std::string& tensor_name) {
  if (!subject.graph) return true;
  const Graph& graph = *subject.graph;
  const int32_t source = subject.FindNode(tensor_name);
  const auto order = TopologicalOrder(graph);
  if (source < 0 || !order.ok()) return true;
  std::vector<bool> carries(graph.nodes().size());
  carries[static_cast<size_t>(source)] = true;
  for (const int32_t id : *order) {
    const Node& node = graph.node(id);
    const bool fed = std::ranges::any_of(node.inputs, [&](const Endpoint& input) {
      return input.node >= 0 && carries[static_cast<size_t>(input.node)];
    });
    if (!fed) continue;
    const bool keeps = node.op == "Assign" || node.op == "AssignVariableOp";
    const bool passes = node.op == "Identity" || node.op == "Const" || node.op.starts_with("Placeholder");
    if (!keeps && !passes) return true;
    carries[static_cast<size_t>(id)] = passes;
  }
  return false;
}

// In V2 exports the object of the asset is captured by the function that reads it.
bool IsCaptured(const GraphSubject& subject, size_t index) {
  if (!subject.meta.has_object_graph()) return false;
  const auto objects = subject.meta.object_graph();
  if (!objects.ok() || *objects == nullptr) return true;
  for (const ConcreteFunction& function : (*objects)->concrete_functions()) {
    for (const int32_t node : function.bound_inputs) {
      const SavedObject& object = (*objects)->node(node);
      if (object.kind == SavedObject::Kind::kAsset && static_cast<size_t>(object.asset_index) == index) return true;
    }
  }
  return false;
}

bool IsRead(const GraphSubject& subject, const Asset& asset, size_t index) {
  // Following a path takes a walk over the graph; who has so many assets reads them.
  constexpr size_t kMaxFollowed = 64;
  return index >= kMaxFollowed || IsCaptured(subject, index) || IsReadInGraph(subject, asset.tensor_name);
}

void CheckAsset(const GraphSubject& subject, const Asset& asset, size_t index, FindingCollector& found) {
  const CheckSubject& model = subject.model;
  const std::string place = subject.PlaceIn(fmt::format("asset {}", asset.filename));
  if (subject.graph && !subject.graph->FindTensor(asset.tensor_name).ok()) {
    found.Add("ASSET_TENSOR_EXISTS", model.model_file, place,
              asset.tensor_name.empty()
                  ? std::string("no tensor takes its path")
                  : fmt::format("the tensor {}, which takes the path, is not in the graph", asset.tensor_name));
  }
  const auto path = AssetPath(model.directory, asset.filename);
  if (!path.ok()) {
    found.Add("ASSET_INSIDE_FOLDER", model.model_file, place,
              fmt::format("the file name {} leads out of assets/", asset.filename));
    return;
  }
  // What a link leads to is not looked at when it lies outside.
  const std::string real = RealPath(*path), root = RealPath(model.directory);
  if (!real.empty() && !LiesIn(real, root)) return;
  const FileKind kind = model.files.Kind(*path);
  if (kind == FileKind::kRegular) return;
  const std::string_view what = kind == FileKind::kNone ? "is missing" : "is no file";
  if (IsRead(subject, asset, index)) {
    found.Add("ASSET_FILE_PRESENT", *path, "", fmt::format("{}, and is an asset of the model", what));
  } else {
    found.Add("ASSET_UNREAD_PRESENT", *path, "",
              fmt::format("{}, and is an asset of the model, which no op reads", what));
  }
}

void CheckUndeclared(const CheckSubject& model, const std::set<std::string>& declared, FindingCollector& found) {
  const std::string folder = JoinPath(model.directory, "assets");
  const auto entries = model.files.List(folder);
  if (!entries.ok() || model.model->meta_graphs().size() != 1) return;
  for (const DirectoryEntry& entry : *entries) {
    if (entry.kind != FileKind::kRegular || declared.contains(entry.name)) continue;
    found.Add("ASSET_DECLARED", JoinPath(folder, entry.name), "", "is no asset of the model");
  }
}

}  // namespace

void CheckAssets(const GraphSubject& subject, FindingCollector& found) {
  if (subject.model.model->frozen()) return;
  const auto assets = subject.meta.Assets();
  if (!assets.ok()) {
    return found.AddProblem(assets.error(), "GRAPH_READABLE", subject.model.model_file, subject.place);
  }
  std::set<std::string> declared;
  for (size_t i = 0; i < assets->size(); ++i) {
    CheckAsset(subject, (*assets)[i], i, found);
    declared.insert((*assets)[i].filename);
  }
  CheckUndeclared(subject.model, declared, found);
}

}  // namespace smcli
