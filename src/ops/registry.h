// The op table: AllOps and FindOp over the families that registry.cc lists.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "ops/op.h"

namespace smcli {

// Sorted by name.
const std::vector<const Op*>& AllOps();
// nullptr when the executor does not have the op.
const Op* FindOp(std::string_view name);

}  // namespace smcli
