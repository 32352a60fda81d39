#include "cli/model_arguments.h"

#include <algorithm>

#include "base/path.h"
#include "checkpoint/bundle_reader.h"

namespace smcli {

void ModelArguments::Declare(Flags& flags) {
  flags.Positional("[MODEL...]", &positional, "a SavedModel, checkpoint prefix or frozen graph");
  flags.Add("dir", "MODEL", &dirs, "the same as a flag");
}

std::vector<std::string> ModelArguments::Paths() const {
  std::vector<std::string> paths = positional;
  paths.insert(paths.end(), dirs.begin(), dirs.end());
  if (paths.empty()) paths.emplace_back(".");
  return paths;
}

Result<std::string> ModelArguments::OnlyPath() const {
  const std::vector<std::string> paths = Paths();
  if (paths.size() > 1) return UsageError("{} models where one is expected: {}", paths.size(), fmt::join(paths, ", "));
  return paths[0];
}

void GraphArguments::Declare(Flags& flags) {
  flags.Add("tag-set", "TAGS", &tag_set, "the graph with exactly these tags, comma-separated; '' for none");
  flags.Add("signature,signature-def", "KEY", &signature, "the signature of this key");
}

std::optional<std::vector<std::string>> GraphArguments::Tags() const {
  if (!tag_set) return std::nullopt;
  std::vector<std::string> tags;
  for (size_t at = 0; at <= tag_set->size();) {
    const size_t comma = std::min(tag_set->find(',', at), tag_set->size());
    if (comma > at) tags.push_back(tag_set->substr(at, comma - at));
    at = comma + 1;
  }
  return tags;
}

Result<SavedModel> OpenSavedModel(Env& env, const std::string& path) {
  Result<SavedModel> model = SavedModel::Open(*env.files, path);
  if (!model.ok()) {
    const bool is_folder = env.files->Kind(path) == FileKind::kDirectory;
    if (is_folder || !BundleReader::Open(*env.files, path).ok()) return model;
    return UsageError("{}: is a checkpoint, which has no graph; name the SavedModel or frozen graph", path);
  }
  for (const std::string& note : model->notes()) env.Note(note);
  return model;
}

std::string ServingName(const SavedModel& model) {
  const auto is_version = [](std::string_view name) {
    return !name.empty() && name.find_first_not_of("0123456789") == std::string_view::npos;
  };
  std::string_view folder = model.directory();
  std::string_view name = BaseName(folder);
  if (is_version(name)) name = BaseName(DirName(folder));
  return std::string(name.empty() || name == "." || name == ".." ? "model" : name);
}

}  // namespace smcli
