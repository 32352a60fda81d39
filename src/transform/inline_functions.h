// InlineFunctions: calls are replaced by the bodies of what they call, in the main graph and in the branches and loop
// bodies that remain functions. Nodes of a body are named `call/node`; an IdentityN of the call's name stays for those
// who name its tensors (graph_and_functions.md 5.5).
#pragma once

#include "base/result.h"
#include "transform/rewriter.h"

namespace smcli {

// Calls of functions that call themselves stay calls. `UnsupportedError` when the graph would grow beyond measure.
Status InlineFunctions(Rewriter& rewriter);

// A copy of a function's body in another graph.
struct InlinedBody {
  std::vector<Endpoint> rets;
  std::vector<int32_t> control_rets;
  std::vector<int32_t> nodes;  // what was added
};
// Copies the body, its nodes named `prefix/node`. `args`: what its arguments are here. `sources`: nodes that those
// nodes wait for that would have no inputs otherwise; empty where they may run at any time. Where `order` is not empty,
// stateful nodes wait for it.
Result<InlinedBody> CopyBody(GraphDraft& graph, const FunctionDraft& function, std::string_view prefix,
                             const std::vector<Endpoint>& args, const std::vector<int32_t>& sources,
                             const std::vector<int32_t>& order);

}  // namespace smcli
