// InnerStep: one of the ops that a fused step stands for. The fused step runs them alone where somebody looks on, and
// where its own way does not do.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "ops/kernel.h"

namespace smcli {

struct InnerStep {
  const Kernel* kernel = nullptr;
  std::string node, op;  // for messages and monitors

  // With one output. Tells the monitor of the run, if there is one. `function`: the graph that the node lies in.
  Status Run(std::string_view function, Tensor* slots, std::span<const uint32_t> inputs, Tensor* output,
             RunServices& services) const;
  // An error of this op, where the executor would name another one.
  Error Annotated(Error error) const;
};

}  // namespace smcli
