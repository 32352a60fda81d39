// Prune: what the given tensors and nodes need stays, in the main graph and in the library; everything else goes.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "transform/function_draft.h"
#include "transform/rewriter.h"

namespace smcli {

struct PruneRoots {
  std::vector<std::string> fetches;    // tensors ("node:0") or nodes ("node"): what they read stays
  std::vector<std::string> feeds;      // tensors that somebody feeds: they stay, needed or not
  bool cut_feeds = false;              // does what lies behind a feed go?
  std::vector<std::string> functions;  // of the library: those that the object graph names, say
};

// By node: is it one of `nodes`, or read by one, directly or not? Nothing is removed.
std::vector<bool> NodesBehind(const GraphDraft& graph, const std::vector<int32_t>& nodes);

// Names that colocate a node with one that went are removed from its attribute `_class`, which TensorFlow would refuse.
// `InvalidModelError` when a root is not there.
Status Prune(Rewriter& rewriter, const PruneRoots& roots);
// Nodes that neither a return nor a control return of the function needs go. Arguments stay.
void PruneBody(FunctionDraft& function);
// Functions that neither the main graph nor one of `roots` reaches go. Bodies stay as they are.
Status PruneFunctions(Rewriter& rewriter, const std::vector<std::string>& roots);

}  // namespace smcli
