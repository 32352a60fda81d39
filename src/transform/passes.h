// Pass: a row of the table of everything that can be done to a graph on its way to a target. Lists of them are what
// `convert --passes` takes and what targets have for a default.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/thread_pool.h"
#include "transform/freeze.h"
#include "transform/prune.h"
#include "transform/rewriter.h"

namespace smcli {

// What passes work with; borrowed.
struct PassContext {
  PruneRoots roots;                     // what must stay
  VariableSource* variables = nullptr;  // null: a graph without variables
  ThreadPool* pool = nullptr;
};

struct Pass {
  std::string_view name;     // of --passes: "fold-constants"
  std::string_view purpose;  // one line of --list-passes
  Status (*run)(Rewriter& rewriter, PassContext& context);
};

// In the order of --list-passes, which is an order that makes sense.
std::span<const Pass> AllPasses();

// The passes of these names, in this order, but for those that are skipped. `UsageError` with the names there are.
Result<std::vector<const Pass*>> PickPasses(std::span<const std::string_view> names,
                                            std::span<const std::string> skipped);

// Runs them one after the other. What nobody needs any more goes after each.
Status RunPasses(std::span<const Pass* const> passes, Rewriter& rewriter, PassContext& context);

}  // namespace smcli
