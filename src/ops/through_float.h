// Kernels of half and bfloat16 by way of kernels of float: inputs are widened, outputs rounded once.
#pragma once

#include "ops/op.h"

namespace smcli {

// How a float becomes a bfloat16: to the nearest, or by dropping the lower half, as TensorFlow's matrix products do it.
enum class Narrowing { kNearest, kDropped };

// make(node), where inputs and outputs of half and bfloat16 are float to the kernel. The kernel must ask the NodeInfo
// for dtypes, not the attributes.
Result<std::unique_ptr<Kernel>> MakeThroughFloat(const NodeInfo& node, KernelFactory make, Narrowing narrowing);

// A factory for op rows.
template <KernelFactory kMake, Narrowing kNarrowing = Narrowing::kNearest>
Result<std::unique_ptr<Kernel>> ThroughFloat(const NodeInfo& node) {
  return MakeThroughFloat(node, kMake, kNarrowing);
}

}  // namespace smcli
