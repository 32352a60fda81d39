// Graph slimming: what the kept signatures, restoring and initialising need stays in the main graph and the library.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "convert/saved_model/object_selection.h"
#include "model/meta_graph.h"
#include "transform/rewriter.h"

namespace smcli {

struct SlimmingRoots {
  std::vector<const Signature*> signatures;
  std::vector<std::string> nodes;                // of the main graph, or tensors: constants and assets of kept objects
  std::vector<std::string> feeds;                // tensors that loaders feed: those of assets that objects name
  FunctionNames functions;                       // of kept objects
  std::set<std::string, std::less<>> lost_keys;  // of the checkpoint, as the objects have it
  bool lose_unused = false;                      // no objects say which variables stay: those that the roots need
};

struct SlimmedGraph {
  // Keys that the graph still restores; nullopt: it computes some.
  std::optional<std::set<std::string, std::less<>>> restored_keys;
  // A saver that restores nothing any more has been removed.
  bool has_saver = true;
};

// `InvalidModelError` when a root is not there; `UnsupportedError` where a saver cannot be trimmed.
Result<SlimmedGraph> SlimGraph(Rewriter& rewriter, const SlimmingRoots& roots);

}  // namespace smcli
