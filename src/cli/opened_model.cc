#include "cli/opened_model.h"

#include <fmt/format.h>

#include "base/path.h"
#include "base/utf8.h"
#include "cli/model_arguments.h"
#include "inspect/describe_model.h"

namespace smcli {
namespace {

// The prefix of the only checkpoint in a folder; empty where there is none, or more than one.
std::string OnlyCheckpointIn(const FileSystem& files, const std::string& folder) {
  const Result<std::vector<DirectoryEntry>> entries = files.List(folder);
  if (!entries.ok()) return {};
  std::string prefix;
  for (const DirectoryEntry& entry : *entries) {
    if (entry.kind != FileKind::kRegular || !entry.name.ends_with(kIndexSuffix)) continue;
    if (!prefix.empty()) return {};
    prefix = JoinPath(folder, WithoutIndexSuffix(entry.name));
  }
  return prefix;
}

}  // namespace

Result<BundleReader*> OpenedModel::Variables(Env& env) {
  if (!checkpoint && model) {
    SMCLI_ASSIGN_OR_RETURN(checkpoint, OpenVariables(*env.files, *model));
  }
  return checkpoint.get();
}

Result<OpenedModel> OpenModel(Env& env, const std::string& path) {
  OpenedModel opened;
  const FileKind kind = env.files->Kind(path);
  const bool is_folder = kind == FileKind::kDirectory;
  if (!is_folder && kind != FileKind::kOther) {
    Result<std::unique_ptr<BundleReader>> checkpoint = BundleReader::Open(*env.files, path);
    const bool is_bundle = env.files->Exists(path + std::string(kIndexSuffix)) || path.ends_with(kIndexSuffix);
    if (!checkpoint.ok() && is_bundle) return std::move(checkpoint).error();
    if (checkpoint.ok()) {
      opened.checkpoint = *std::move(checkpoint);
      return opened;
    }
  }
  Result<SavedModel> model = OpenSavedModel(env, path);
  if (model.ok()) {
    opened.model = *std::move(model);
    return opened;
  }
  const std::string prefix = is_folder ? OnlyCheckpointIn(*env.files, path) : std::string();
  if (model.error().kind() != ErrorKind::kNotFound || prefix.empty()) return std::move(model).error();
  env.Note(fmt::format("{}: no SavedModel, but a checkpoint: {}", path, prefix));
  SMCLI_ASSIGN_OR_RETURN(opened.checkpoint, BundleReader::Open(*env.files, prefix));
  return opened;
}

}  // namespace smcli
