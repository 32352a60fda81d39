// The arguments and flags that say which model, which of its graphs and which signature: the same for every command.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/env.h"
#include "cli/flags.h"
#include "model/saved_model.h"

namespace smcli {

// [MODEL...] or --dir; without one, the current folder.
struct ModelArguments {
  std::vector<std::string> positional;
  std::vector<std::string> dirs;

  void Declare(Flags& flags);
  bool given() const { return !positional.empty() || !dirs.empty(); }
  std::vector<std::string> Paths() const;
  // For commands of one model. `UsageError` when there are several.
  Result<std::string> OnlyPath() const;
};

// --tag-set and --signature.
struct GraphArguments {
  std::optional<std::string> tag_set;
  std::optional<std::string> signature;

  void Declare(Flags& flags);
  // The tags of --tag-set: "serve,gpu" is two, "" none; nullopt when the flag is absent.
  std::optional<std::vector<std::string>> Tags() const;
  // As `signature`, for MetaGraph::PickSignature.
  std::optional<std::string_view> Signature() const { return signature; }
};

// SavedModel::Open with its notes told.
Result<SavedModel> OpenSavedModel(Env& env, const std::string& path);

// What a server would call the model at `path`: the folder's name, or its parent's where that is a version number.
std::string ServingName(const SavedModel& model);

}  // namespace smcli
