// The object graph as an outline: what TensorFlow's loader would make of it.
#pragma once

#include "model/object_graph.h"
#include "report/report.h"

namespace smcli {

// One row per edge, from the root down; an object met before is named by its number and not followed again. Objects
// that no edge reaches (optimizer slots) follow at the end.
Table ObjectTable(const ObjectGraph& objects);

}  // namespace smcli
