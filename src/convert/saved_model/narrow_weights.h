// --weights float16|bfloat16: float32 variables of two or more elements are stored, and live, half as wide.
#pragma once

#include "base/result.h"
#include "convert/saved_model/exported_model.h"
#include "tensor/dtype.h"

namespace smcli {

// Variables, what reads and assigns them, the saver, the objects, the tensors to be written. `UnsupportedError` names
// every op that uses a variable in a way that has no such form.
Status NarrowWeights(ExportedModel& model, DataType dtype);

}  // namespace smcli
