#include "checkpoint/data_files.h"

#include "base/path.h"

namespace smcli {
namespace {

// The name of a file beside `path` that has the same "PREFIX.data-" but not the same count; empty if there is none.
std::string MixedUpFile(const FileSystem& files, const std::string& path) {
  const std::string name(BaseName(path));
  const std::string start = name.substr(0, name.rfind(".data-") + 6);
  const std::string count = name.substr(name.rfind("-of-"));
  const std::string directory(DirName(path));
  const auto entries = files.List(directory.empty() ? "." : directory);
  if (!entries) return {};
  for (const DirectoryEntry& entry : *entries) {
    if (entry.name.starts_with(start) && !entry.name.ends_with(count)) return entry.name;
  }
  return {};
}

}  // namespace

Result<MappedFile> DataFiles::Map(int shard, const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (const auto known = mapped_.find(shard); known != mapped_.end()) return known->second;
  auto file = files_.Map(path);
  if (file.ok()) return mapped_.emplace(shard, *std::move(file)).first->second;
  if (file.error().kind() != ErrorKind::kNotFound) return file;
  const std::string other = MixedUpFile(files_, path);
  const std::string hint = other.empty() ? std::string() : fmt::format("; {} belongs to another checkpoint", other);
  return InvalidModelError("data file {} is missing{} (BundleDataFileMissing)", path, hint);
}

std::string_view PointerHint(std::string_view file) {
  return file.starts_with("version https://git-lfs") ? ": it is a Git LFS pointer, not the file itself" : "";
}

}  // namespace smcli
