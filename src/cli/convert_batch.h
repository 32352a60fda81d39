// A batch: many models converted one by one, each in a process of its own.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/conversion.h"
#include "cli/env.h"

namespace smcli {

struct BatchOptions {
  std::vector<std::string> models;
  std::string outdir;
  int64_t jobs = 0;  // 0: as many as there are cores
  bool keep_going = false;
  bool skip_existing = false;
  std::optional<std::string> report;  // a file
};

// The exit status: 0, or 1 when a model failed. `UsageError` when two outputs would have one name, before anything is
// begun.
Result<int> RunBatch(Env& env, const ConversionOrder& order, const BatchOptions& options);

}  // namespace smcli
