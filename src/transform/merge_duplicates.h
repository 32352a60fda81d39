// MergeDuplicates: of nodes that compute the same from the same inputs one stays; so do equal constants.
#pragma once

#include "base/result.h"
#include "transform/rewriter.h"

namespace smcli {

Status MergeDuplicates(Rewriter& rewriter);

}  // namespace smcli
