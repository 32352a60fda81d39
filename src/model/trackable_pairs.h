// Which object of the model each object of its checkpoint is.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/object_graph.h"

namespace smcli {

// By node of the TrackableObjectGraph: the saved node that is reached by the same edges and slots, or -1. As
// MatchCheckpoint pairs them, with its errors.
Result<std::vector<int32_t>> PairTrackables(const ObjectGraph& objects, std::string_view trackable_object_graph);

}  // namespace smcli
