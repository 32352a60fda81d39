// --to savedmodel: the chosen graph as a SavedModel again, edited, slimmed, with its checkpoint written anew.
#include "model/saved_model.h"

#include <algorithm>

#include "base/path.h"
#include "convert/converter.h"
#include "convert/saved_model/exported_model.h"
#include "convert/saved_model/model_folder.h"
#include "convert/saved_model/model_passes.h"
#include "convert/saved_model/narrow_weights.h"
#include "convert/saved_model/signature_rewrite.h"
#include "convert/saved_model/slimming.h"
#include "convert/saved_model/warmup_edit.h"
#include "convert/saved_model/weights_from.h"
#include "meta_graph.pb.h"
#include "model/warmup.h"

namespace smcli {
namespace {

// "serve,gpu"; empty: none.
void SetTags(std::string_view text, ExportedModel& model) {
  auto* tags = model.meta_graph().mutable_meta_info_def()->mutable_tags();
  tags->Clear();
  while (!text.empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    if (comma > 0) tags->Add(std::string(text.substr(0, comma)));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
}

// Requests that name what is no longer there would keep TensorFlow Serving from loading the model.
Status WriteWarmup(const SignatureEdits& edits, Conversion& conversion) {
  const std::string from = JoinPath(conversion.source.model->directory(), kWarmupFile);
  if (!conversion.files.Exists(from)) return {};
  SMCLI_ASSIGN_OR_RETURN(const auto kept, KeptSignatures(*conversion.source.graph, conversion.options));
  SMCLI_ASSIGN_OR_RETURN(MappedFile file, conversion.files.Map(from));
  const auto edit = EditWarmup(std::move(file), edits, kept);
  if (!edit.ok() || !*edit) return {};  // a file that cannot be read has been copied as it is
  if ((*edit)->dropped > 0) {
    conversion.notices.Warn(
        fmt::format("{}: {} requests for signatures that are gone are left out", kWarmupFile, (*edit)->dropped));
  }
  return WriteFile(conversion.files, JoinPath(conversion.out, kWarmupFile), (*edit)->bytes);
}

Status WriteSavedModel(Conversion& conversion) {
  const ConvertSource& source = conversion.source;
  if (const size_t others = source.model->meta_graphs().size() - 1; others > 0) {
    conversion.notices.Warn(fmt::format("only the graph {{{}}} is written; {} other{} left out",
                                        source.graph->TagText(), others, others == 1 ? " is" : "s are"));
  }
  SMCLI_ASSIGN_OR_RETURN(ExportedModel model, ExportedModel::Read(source));
  SMCLI_ASSIGN_OR_RETURN(const SignatureEdits edits, SignatureEdits::Read(conversion.options, *source.graph));
  SMCLI_RETURN_IF_ERROR(SlimModel(model, conversion.options));
  SMCLI_RETURN_IF_ERROR(RewriteSignatures(edits, model));
  if (conversion.options.set_tags) SetTags(*conversion.options.set_tags, model);
  if (!conversion.options.weights_from.empty()) {
    SMCLI_RETURN_IF_ERROR(TakeWeights(conversion.options.weights_from, model, conversion));
  }
  if (!conversion.options.weights.empty()) {
    const bool half = conversion.options.weights == "float16";
    SMCLI_RETURN_IF_ERROR(NarrowWeights(model, half ? DataType::kHalf : DataType::kBfloat16));
  }
  SMCLI_RETURN_IF_ERROR(RunModelPasses(model, conversion));
  SMCLI_RETURN_IF_ERROR(model.TakeGraph());
  model.UpdateStoredObjectGraph();
  SMCLI_RETURN_IF_ERROR(WriteModelFolder(model, conversion));
  return WriteWarmup(edits, conversion);
}

constexpr std::string_view kFlags[] = {
    "add-signature", "compress",     "dedup",         "drop-signature",   "input-shape", "passes",
    "prune",         "rename-input", "rename-output", "rename-signature", "set-default", "set-tags",
    "shards",        "signature",    "skip-passes",   "strip-training",   "weights",     "weights-from"};

}  // namespace

extern const Converter kSavedModel = {
    .name = "savedmodel",
    .summary = "a SavedModel: edited, slimmed, sharded anew",
    .extension = "",
    .product = Converter::Product::kFolder,
    .needs = Converter::Needs::kModel,
    .flags = kFlags,
    .run = WriteSavedModel,
};

}  // namespace smcli
