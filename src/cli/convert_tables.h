// The tables of `convert`: targets, passes, and what stands between a model and each target.
#pragma once

#include "base/result.h"
#include "report/report.h"

namespace smcli {

struct ConvertOptions;
struct ConvertSource;

// --list-targets: each with its flags.
Report ListTargets();
// --list-passes.
Report ListPasses();
// --plan: for each target, which ops block it, why, where and how many.
Report PlanTargets(const ConvertSource& source, const ConvertOptions& options);

}  // namespace smcli
