// Leaving inputs of a node out, and their dtypes in its attributes.
#pragma once

#include <cstdint>
#include <set>
#include <string_view>

#include "base/result.h"
#include "transform/graph_draft.h"

namespace smcli {

// Leaves elements out of an attribute list(type).
Status DropTypes(GraphDraft& graph, int32_t id, std::string_view attr, const std::set<size_t>& gone);

// Leaves data inputs out.
void DropInputs(DraftNode& node, const std::set<size_t>& gone);

}  // namespace smcli
