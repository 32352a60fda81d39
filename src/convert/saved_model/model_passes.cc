#include "convert/saved_model/model_passes.h"

#include <algorithm>

#include "convert/saved_model/meta_graph_edit.h"
#include "meta_graph.pb.h"
#include "model/meta_graph.h"
#include "transform/passes.h"

namespace smcli {
namespace {

// What loaders feed, fetch, run and call.
Result<PruneRoots> RootsOf(ExportedModel& model, Rewriter& rewriter) {
  PruneRoots roots;
  const auto add = [&](const std::string& name) {
    if (!name.empty()) roots.fetches.push_back(name);
  };
  tensorflow::MetaGraphDef& meta_graph = model.meta_graph();
  ForEachTensorName(meta_graph, add);
  SMCLI_ASSIGN_OR_RETURN(const std::string init, model.source().graph->InitOpName());
  add(init);
  add(meta_graph.saver_def().restore_op_name());
  add(meta_graph.saver_def().save_tensor_name());
  add(meta_graph.saver_def().filename_tensor_name());
  for (const auto& asset : meta_graph.asset_file_def()) add(asset.tensor_info().name());
  SMCLI_ASSIGN_OR_RETURN(const std::vector<Asset> assets, model.source().graph->Assets());
  for (const Asset& asset : assets) add(asset.tensor_name);
  for (const auto& [key, collection] : meta_graph.collection_def()) {
    for (const std::string& name : collection.node_list().value()) add(name);
  }
  for (const auto& object : meta_graph.object_graph_def().nodes()) {
    if (object.has_constant()) add(object.constant().operation());
  }
  for (const auto& [name, function] : meta_graph.object_graph_def().concrete_functions()) {
    if (rewriter.HasFunction(name)) roots.functions.push_back(name);
  }
  std::ranges::sort(roots.functions);
  std::erase_if(roots.fetches, [&](const std::string& name) {
    const auto tensor = ParseTensorName(name);
    return !tensor || rewriter.graph().Find(tensor->node) < 0;
  });
  std::ranges::sort(roots.fetches);
  for (const std::string& name : roots.fetches) rewriter.Protect(name);
  return roots;
}

}  // namespace

Status RunModelPasses(ExportedModel& model, Conversion& conversion) {
  const ConvertOptions& options = conversion.options;
  if (!options.passes) return {};
  const std::vector<std::string_view> names(options.passes->begin(), options.passes->end());
  SMCLI_ASSIGN_OR_RETURN(const std::vector<const Pass*> passes, PickPasses(names, options.skip_passes));
  if (std::ranges::any_of(passes, [](const Pass* pass) { return pass->name == "freeze"; })) {
    return UsageError("--passes freeze: a SavedModel keeps its variables; --to frozen makes constants of them");
  }
  const bool inlines = std::ranges::any_of(passes, [](const Pass* pass) { return pass->name == "inline"; });
  if (inlines && model.has_objects()) {
    return UsageError(
        "--passes inline: the model's objects name its functions, so they stay; --to frozen inlines them");
  }
  SMCLI_ASSIGN_OR_RETURN(Rewriter * rewriter, model.rewriter());
  SMCLI_ASSIGN_OR_RETURN(PruneRoots roots, RootsOf(model, *rewriter));
  PassContext context{std::move(roots), nullptr, &conversion.pool};
  SMCLI_RETURN_IF_ERROR(RunPasses(passes, *rewriter, context));
  model.set_pruned();
  return {};
}

}  // namespace smcli
