// RemoveIdentities: nodes that hand their input on, and NoOps that only join control edges, go; their readers read what
// they read.
#pragma once

#include "base/result.h"
#include "transform/rewriter.h"

namespace smcli {

Status RemoveIdentities(Rewriter& rewriter);

// Does the op give its inputs on as they are, when nobody computes gradients? Identity, IdentityN, StopGradient, ...
bool IsIdentityOp(std::string_view op);

}  // namespace smcli
