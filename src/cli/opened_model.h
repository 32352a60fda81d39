// OpenedModel: whatever the user pointed at, opened.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "checkpoint/bundle_reader.h"
#include "cli/env.h"
#include "model/saved_model.h"

namespace smcli {

struct OpenedModel {
  std::optional<SavedModel> model;           // a SavedModel or a frozen graph; else the path is a checkpoint
  std::shared_ptr<BundleReader> checkpoint;  // of a checkpoint alone: always; of a SavedModel: once LoadVariables ran

  // The variables of a SavedModel; null where it has none. `InvalidModelError` when they cannot be read.
  Result<BundleReader*> Variables(Env& env);
};

// A SavedModel folder or file, a base folder of versions, a frozen graph, or a checkpoint: its prefix, or a folder that
// holds nothing but one. What is noteworthy is said on stderr.
Result<OpenedModel> OpenModel(Env& env, const std::string& path);

}  // namespace smcli
