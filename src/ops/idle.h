// Kernels of nodes that compute nothing.
#pragma once

#include "ops/kernel.h"

namespace smcli {

// Output i is input i.
inline Status PassOn(KernelContext& ctx) {
  for (int i = 0; i < ctx.num_outputs(); ++i) ctx.set_output(i, ctx.TakeInput(i));
  return {};
}

inline Status DoNothing(KernelContext&) { return {}; }

}  // namespace smcli
