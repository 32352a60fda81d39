// The table of passes. A new one is its file and a row here.
#include "transform/passes.h"

#include <algorithm>

#include "base/lookup.h"
#include "base/utf8.h"
#include "transform/fold_batch_norms.h"
#include "transform/fold_constants.h"
#include "transform/inline_functions.h"
#include "transform/lower_control_flow.h"
#include "transform/merge_duplicates.h"
#include "transform/remove_identities.h"
#include "transform/strip.h"

namespace smcli {
namespace {

Status RunPrune(Rewriter& rewriter, PassContext& context) { return Prune(rewriter, context.roots); }

Status RunFreeze(Rewriter& rewriter, PassContext& context) {
  if (context.variables == nullptr) return {};
  return FreezeVariables(rewriter, *context.variables);
}

Status RunInline(Rewriter& rewriter, PassContext&) { return InlineFunctions(rewriter); }
Status RunRemoveIdentities(Rewriter& rewriter, PassContext&) { return RemoveIdentities(rewriter); }
Status RunFoldConstants(Rewriter& rewriter, PassContext& context) { return FoldConstants(rewriter, *context.pool); }
Status RunFoldBatchNorms(Rewriter& rewriter, PassContext&) { return FoldBatchNorms(rewriter); }
Status RunMergeDuplicates(Rewriter& rewriter, PassContext&) { return MergeDuplicates(rewriter); }
Status RunStripDebug(Rewriter& rewriter, PassContext&) { return StripDebug(rewriter); }
Status RunStripTraining(Rewriter& rewriter, PassContext&) { return StripTraining(rewriter); }
Status RunLowerControlFlow(Rewriter& rewriter, PassContext&) { return LowerControlFlow(rewriter); }

constexpr Pass kPasses[] = {
    {"prune", "nodes and functions that the signature does not need go", RunPrune},
    {"freeze", "variables become constants, in functions too", RunFreeze},
    {"inline", "calls of functions are replaced by their bodies", RunInline},
    {"strip-debug", "Assert, Print and CheckNumerics go, with branches that do nothing else", RunStripDebug},
    {"strip-training", "gradient functions go, and ops that only stop gradients", RunStripTraining},
    {"remove-identities", "nodes that only hand tensors or control edges on go", RunRemoveIdentities},
    {"fold-constants", "what is computed from constants alone becomes a constant", RunFoldConstants},
    {"fold-batch-norms", "scales behind convolutions and matrix products go into their weights", RunFoldBatchNorms},
    {"merge-duplicates", "of nodes that compute the same one stays, of equal constants too", RunMergeDuplicates},
    {"lower-control-flow", "If, Case and While become Switch, Merge, Enter and Exit", RunLowerControlFlow},
};

}  // namespace

std::span<const Pass> AllPasses() { return kPasses; }

Result<std::vector<const Pass*>> PickPasses(std::span<const std::string_view> names,
                                            std::span<const std::string> skipped) {
  std::vector<const Pass*> picked;
  for (const std::string& name : skipped) {
    if (FindByName(kPasses, name) == nullptr) return UnknownNameError("pass", Escaped(name), kPasses);
  }
  for (std::string_view name : names) {
    const Pass* pass = FindByName(kPasses, name);
    if (pass == nullptr) return UnknownNameError("pass", Escaped(name), kPasses);
    if (std::ranges::find(skipped, name) == skipped.end()) picked.push_back(pass);
  }
  return picked;
}

Status RunPasses(std::span<const Pass* const> passes, Rewriter& rewriter, PassContext& context) {
  for (const Pass* pass : passes) {
    SMCLI_RETURN_IF_ERROR(pass->run(rewriter, context));
    SMCLI_RETURN_IF_ERROR(Prune(rewriter, context.roots));
  }
  return {};
}

}  // namespace smcli
