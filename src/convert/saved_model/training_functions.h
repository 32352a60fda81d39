// Functions that exist for training: they take an optimizer's steps, or capture its slots.
#pragma once

#include "base/result.h"
#include "convert/saved_model/object_selection.h"
#include "model/meta_graph.h"

namespace smcli {

// Concrete functions of the object graph, found by the ops that they reach and by what they capture.
Result<FunctionNames> TrainingFunctions(const MetaGraph& meta_graph, const ObjectGraph& objects);

}  // namespace smcli
