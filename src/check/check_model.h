// CheckModel: all passes over one model.
#pragma once

#include <string>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "base/thread_pool.h"
#include "check/policy.h"
#include "check/subject.h"
#include "report/findings.h"

namespace smcli {

struct CheckOptions {
  bool deep = false;
  CheckProgress* progress = nullptr;  // may be null
};

// What was found in one model.
struct CheckAnswer {
  std::string path;                // as the user named it
  std::vector<Finding> findings;   // worst first
  std::vector<std::string> notes;  // of SavedModel::Open

  bool HasAtLeast(Severity severity) const;
};

// Every damage is a finding. `NotFoundError` where there is no model.
Result<CheckAnswer> CheckModel(FileSystem& files, const std::string& path, const CheckPolicy& policy,
                               const CheckOptions& options, ThreadPool& pool);

}  // namespace smcli
