// InnerStep: one of the ops that a fused step stands for. The fused step runs them alone where somebody looks on, and
// where its own way does not do.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "ops/kernel.h"

namespace smcli {

// "node 'a/b' (op MatMul) in function 'f': reason". Kernels know nothing of these.
Error AtNode(Error error, std::string_view function, std::string_view node, std::string_view op);

struct InnerStep {
  const Kernel* kernel = nullptr;
  std::string node, op;  // for messages and monitors

  // With one output. Tells the monitor of the run, if there is one; an error names the node. `function`: the graph that
  // the node lies in.
  Status Run(std::string_view function, Tensor* slots, std::span<const uint32_t> inputs, Tensor* output,
             RunServices& services) const;
};

}  // namespace smcli
