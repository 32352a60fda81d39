// Slimming: --signature, --prune, --strip-training, --drop-signature: what the signatures that stay do not need goes.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "convert/convert_options.h"
#include "convert/saved_model/exported_model.h"
#include "model/meta_graph.h"

namespace smcli {

// The keys of the signatures that stay, sorted. `UsageError` for keys that are not there.
Result<std::vector<std::string>> KeptSignatures(const MetaGraph& meta_graph, const ConvertOptions& options);

// `UsageError` for signatures that are not there; `UnsupportedError` for savers that cannot be trimmed.
Status SlimModel(ExportedModel& model, const ConvertOptions& options);

}  // namespace smcli
