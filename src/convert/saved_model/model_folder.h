// Writing an ExportedModel into an empty folder: checkpoint, assets and side files, the graph, the fingerprint.
#pragma once

#include "base/result.h"
#include "convert/converter.h"
#include "convert/saved_model/exported_model.h"

namespace smcli {

// The same model gives the same bytes. `UnsupportedError` for a graph beyond protobuf's 2 GiB.
Status WriteModelFolder(const ExportedModel& model, Conversion& conversion);

// The files beside graph and checkpoint: assets, assets.extra, debug information, Keras's notes.
Status CopySideFiles(const ExportedModel& model, Conversion& conversion);

// The tensors, into `prefix`.
Status WriteModelCheckpoint(const ExportedModel& model, Conversion& conversion, const std::string& prefix);

}  // namespace smcli
