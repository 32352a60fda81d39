// Stripping what only serves debugging or training.
#pragma once

#include "base/result.h"
#include "transform/rewriter.h"

namespace smcli {

// Assert, Print, CheckNumerics and their like do nothing any more; branches and calls that only did such things go.
Status StripDebug(Rewriter& rewriter);

// Gradient functions go, and what only stops or redirects gradients.
Status StripTraining(Rewriter& rewriter);

}  // namespace smcli
