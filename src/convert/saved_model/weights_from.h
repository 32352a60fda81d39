// --weights-from: other values for the model's variables, from an npz, a safetensors file, a checkpoint or a model.
#pragma once

#include <string>

#include "base/result.h"
#include "convert/converter.h"
#include "convert/saved_model/exported_model.h"

namespace smcli {

// Names are checkpoint keys or, without their last part, object paths. Variables that `path` lacks keep their values,
// said in a notice; so do tensors of a checkpoint that the model lacks. `UsageError` for arrays that no variable is
// called after and for dtypes and shapes that are not the variable's; all of them at once.
Status TakeWeights(const std::string& path, ExportedModel& model, Conversion& conversion);

}  // namespace smcli
