// Kernels of half and bfloat16 by way of kernels of float: inputs are widened, outputs rounded once.
#pragma once

#include "ops/op.h"

namespace smcli {

// make(node), where inputs and outputs of half and bfloat16 are float to the kernel. The kernel must ask the NodeInfo
// for dtypes, not the attributes.
Result<std::unique_ptr<Kernel>> MakeThroughFloat(const NodeInfo& node, KernelFactory make);

// A factory for op rows.
template <KernelFactory kMake>
Result<std::unique_ptr<Kernel>> ThroughFloat(const NodeInfo& node) {
  return MakeThroughFloat(node, kMake);
}

}  // namespace smcli
