#include "convert/driver.h"

#include <signal.h>

#include "checkpoint/bundle_reader.h"
#include "convert/output_place.h"
#include "model/saved_model.h"

namespace smcli {

Status CheckSource(const Converter& converter, const ConvertSource& source) {
  const bool is_graph = source.model != nullptr;
  switch (converter.needs) {
    case Converter::Needs::kVariables:
      if (!is_graph || !source.model->frozen()) return {};
      return UsageError("{}: a frozen graph has no variables for --to {}", source.path, converter.name);
    case Converter::Needs::kModel:
      if (is_graph && !source.model->frozen()) return {};
      return UsageError("{}: --to {} needs a SavedModel, and this is a {}", source.path, converter.name,
                        is_graph ? "frozen graph" : "checkpoint");
    case Converter::Needs::kGraph:
      if (is_graph) return {};
      return UsageError("{}: --to {} needs a graph, and this is a checkpoint", source.path, converter.name);
  }
  return {};
}

Status Convert(const ConvertRequest& request, FileSystem& files, ThreadPool& pool, Notices& notices) {
  SMCLI_RETURN_IF_ERROR(CheckFlags(request.converter, request.options));
  SMCLI_RETURN_IF_ERROR(CheckSource(request.converter, request.source));
  // A file that may not grow further is an error like a full disk, not the end of the process.
  signal(SIGXFSZ, SIG_IGN);
  SMCLI_ASSIGN_OR_RETURN(OutputPlace place, OutputPlace::Make(files, request.source, request.converter.product,
                                                              request.out, request.overwrite));
  Conversion conversion{request.source, request.options, place.staging(), files, pool, notices};
  SMCLI_RETURN_IF_ERROR(request.converter.run(conversion));
  return place.Commit();
}

}  // namespace smcli
