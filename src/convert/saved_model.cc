// --to savedmodel: the chosen graph as a SavedModel again, edited, slimmed, with its checkpoint written anew.
#include "model/saved_model.h"

#include "convert/converter.h"
#include "convert/saved_model/exported_model.h"
#include "convert/saved_model/model_folder.h"

namespace smcli {
namespace {

Status WriteSavedModel(Conversion& conversion) {
  const ConvertSource& source = conversion.source;
  if (const size_t others = source.model->meta_graphs().size() - 1; others > 0) {
    conversion.notices.Warn(fmt::format("only the graph {{{}}} is written; {} other{} left out",
                                        source.graph->TagText(), others, others == 1 ? " is" : "s are"));
  }
  SMCLI_ASSIGN_OR_RETURN(ExportedModel model, ExportedModel::Read(source));
  return WriteModelFolder(model, conversion);
}

constexpr std::string_view kFlags[] = {"shards"};

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
