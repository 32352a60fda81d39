#include "diff/model_side.h"

#include "base/path.h"

namespace smcli {
namespace {

constexpr uint64_t kMaxStateFile = 1 << 20;

// The prefix of the checkpoint that `path` names; empty where it names none.
std::string CheckpointPrefix(const FileSystem& files, const std::string& path) {
  if (path.ends_with(kIndexSuffix) && files.Exists(path)) return std::string(WithoutIndexSuffix(path));
  if (files.Exists(path + std::string(kIndexSuffix))) return path;
  return "";
}

// The latest checkpoint of a folder, as tf.train.latest_checkpoint finds it: the first line of its file `checkpoint`,
//   model_checkpoint_path: "model.ckpt-3"
std::string LatestCheckpoint(const FileSystem& files, const std::string& folder) {
  const auto state = files.Read(JoinPath(folder, "checkpoint"), kMaxStateFile);
  constexpr std::string_view kKey = "model_checkpoint_path: \"";
  if (!state.ok() || !state->starts_with(kKey)) return "";
  const std::string name = state->substr(kKey.size(), state->find('"', kKey.size()) - kKey.size());
  return CheckpointPrefix(files, name.starts_with('/') ? name : JoinPath(folder, name));
}

Result<ModelSide> OpenCheckpoint(const FileSystem& files, const std::string& path, const std::string& prefix) {
  ModelSide side;
  side.path = path;
  SMCLI_ASSIGN_OR_RETURN(side.checkpoint, BundleReader::Open(files, prefix));
  return side;
}

}  // namespace

std::string_view ModelSide::KindText() const {
  if (!model) return "checkpoint";
  return model->frozen() ? "frozen graph" : "SavedModel";
}

std::string ModelSide::File() const { return model ? model->file() : checkpoint->prefix() + std::string(kIndexSuffix); }

Result<ModelSide> OpenSide(FileSystem& files, const std::string& path) {
  if (const std::string prefix = CheckpointPrefix(files, path); !prefix.empty())
    return OpenCheckpoint(files, path, prefix);
  // A V1 checkpoint is no more than a table, which is no model file.
  if (files.Kind(path) != FileKind::kDirectory) {
    if (auto side = OpenCheckpoint(files, path, path); side.ok()) return side;
  }
  auto model = SavedModel::Open(files, path);
  if (!model.ok()) {
    if (model.error().kind() != ErrorKind::kNotFound) return std::move(model).error();
    if (const std::string prefix = LatestCheckpoint(files, path); !prefix.empty()) {
      return OpenCheckpoint(files, path, prefix);
    }
    return std::move(model).error();
  }
  ModelSide side;
  side.path = path;
  side.model = *std::move(model);
  if (side.model->frozen()) return side;
  auto checkpoint = BundleReader::Open(files, side.model->variables_prefix());
  if (checkpoint.ok()) {
    side.checkpoint = *std::move(checkpoint);
  } else if (checkpoint.error().kind() != ErrorKind::kNotFound) {
    side.checkpoint_fault = std::move(checkpoint).error();
  }
  return side;
}

}  // namespace smcli
