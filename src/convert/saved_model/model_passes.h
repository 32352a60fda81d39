// --passes on a whole SavedModel: everything that loaders name or call stays.
#pragma once

#include "base/result.h"
#include "convert/converter.h"
#include "convert/saved_model/exported_model.h"

namespace smcli {

// Runs the passes that the options name; none without --passes. `UsageError` for passes that are not there, and for
// those that would take the model's variables, or functions that its objects name, away.
Status RunModelPasses(ExportedModel& model, Conversion& conversion);

}  // namespace smcli
