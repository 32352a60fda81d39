// ModelSide: one of the two things that are compared: a SavedModel, a frozen graph, or a checkpoint.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/file.h"
#include "base/result.h"
#include "checkpoint/bundle_reader.h"
#include "model/saved_model.h"

namespace smcli {

struct ModelSide {
  std::string path;                          // as the user named it
  std::optional<SavedModel> model;           // none: a bare checkpoint
  std::unique_ptr<BundleReader> checkpoint;  // null: no variables
  std::optional<Error> checkpoint_fault;     // why its index could not be read

  // "SavedModel", "frozen graph", "checkpoint".
  std::string_view KindText() const;
  // The file that holds what was compared, for findings: of a folder the model file in it.
  std::string File() const;
};

// `path`: what SavedModel::Open takes, or a checkpoint's prefix, with or without ".index", or its folder, where a file
// called `checkpoint` names the latest. A broken index is no error yet, since graphs can be compared without.
Result<ModelSide> OpenSide(FileSystem& files, const std::string& path);

}  // namespace smcli
