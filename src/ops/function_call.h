// A call as a kernel, for nodes whose op is the name of a function of the model's library.
#pragma once

#include <memory>

#include "ops/kernel.h"
#include "ops/node_info.h"

namespace smcli {

// `InvalidModelError` when arguments or results of node and function differ in number.
Result<std::unique_ptr<Kernel>> MakeDirectCall(CallableFunction* function, const NodeInfo& node);

}  // namespace smcli
