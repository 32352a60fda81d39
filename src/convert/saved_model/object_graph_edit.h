// Taking objects out of both object graphs, the model's and the checkpoint's.
#pragma once

#include <set>
#include <string>

#include "base/result.h"
#include "convert/saved_model/exported_model.h"
#include "convert/saved_model/object_selection.h"

namespace smcli {

// What went with the objects.
struct RemovedObjects {
  std::set<std::string, std::less<>> keys;  // tensors of the checkpoint
};

// Removes the objects that are not kept, and gives the others new numbers: nodes, edges, captures, the checkpoint's
// objects with their attributes, the tensors of `model`. Assets that no object names any more keep their entry.
RemovedObjects RemoveObjects(const ObjectSelection& selection, ExportedModel& model);

}  // namespace smcli
