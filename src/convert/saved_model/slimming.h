// Slimming: --signature, --prune, --strip-training, --drop-signature: what the signatures that stay do not need goes.
#pragma once

#include "base/result.h"
#include "convert/convert_options.h"
#include "convert/saved_model/exported_model.h"

namespace smcli {

// `UsageError` for signatures that are not there; `UnsupportedError` for savers that cannot be trimmed.
Status SlimModel(ExportedModel& model, const ConvertOptions& options);

}  // namespace smcli
