// The overview of a model: what a person wants to know first, on one screen.
#pragma once

#include <string>

#include "base/result.h"
#include "model/saved_model.h"
#include "report/report.h"

namespace smcli {

// Appends kind and path, file, producer, tags, graph, missing ops, signatures. Reads no values.
Status DescribeModel(const SavedModel& model, const MetaGraph& graph, const std::string& path, Value::Object* out);

}  // namespace smcli
