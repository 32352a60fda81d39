// For passes that tidy up one graph at a time: the main graph, then every function that has a draft or can have one.
#pragma once

#include <functional>

#include "base/result.h"
#include "transform/rewriter.h"

namespace smcli {

// One graph, with what outsiders read of it.
struct PassGraph {
  GraphDraft& graph;
  // Nodes that outsiders name or run: protected ones of the main graph, arguments and control returns of a function.
  // They may change their op, but not their name or what they compute.
  std::vector<bool> kept;
  // Nodes that outsiders read a tensor of: protected ones, and the sources of returns.
  std::vector<bool> returned;
};

// Calls `run` for each graph; what it redirects, readers and returns follow. Nodes added by `run` are not kept.
Status ForEachGraph(Rewriter& rewriter,
                    const std::function<Status(PassGraph& graph, GraphDraft::Redirection& to)>& run);

}  // namespace smcli
