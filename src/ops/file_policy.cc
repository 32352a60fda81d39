#include <algorithm>

#include "base/file.h"
#include "base/links.h"
#include "base/path.h"
#include "ops/resources.h"

namespace smcli {
namespace {

constexpr uint64_t kLargestFile = uint64_t{1} << 34;

// Of a file that need not exist yet, but whose folder must.
std::string FuturePath(const std::string& path) {
  if (std::string there = RealPath(path); !there.empty()) return there;
  const std::string_view name = BaseName(path);
  if (name.empty() || name == "." || name == "..") return {};
  const std::string_view folder = DirName(path);
  const std::string resolved = RealPath(folder.empty() ? "." : std::string(folder));
  return resolved.empty() ? std::string() : JoinPath(resolved, name);
}

}  // namespace

bool FilePolicy::Allowed(std::string_view path) const {
  if (path.find('\0') != std::string_view::npos) return false;
  if (std::ranges::find(assets_, path) != assets_.end()) return true;
  if (allowed_dir_.empty()) return false;
  const std::string folder = RealPath(allowed_dir_);
  const std::string target = FuturePath(std::string(path));
  if (folder.empty() || target.empty()) return false;
  return target == folder || LiesIn(target, folder);
}

Result<std::string> FilePolicy::ReadForOp(std::string_view path, std::string_view op) const {
  if (!Allowed(path)) {
    return UnsupportedError(
        "{} would read '{}', which is no asset of the model; --allow-files DIR allows the files below DIR", op, path);
  }
  return MakeRealFileSystem()->Read(std::string(path), kLargestFile);
}

Status FilePolicy::CheckWrite(std::string_view path, std::string_view op) const {
  const bool asset = std::ranges::find(assets_, path) != assets_.end();
  if (!asset && Allowed(path)) return {};
  return UnsupportedError("{} would write '{}'; --allow-files DIR allows the files below DIR", op, path);
}

Status FilePolicy::CheckList(std::string_view folder, std::string_view op) const {
  if (Allowed(folder)) return {};
  return UnsupportedError("{} would list '{}'; --allow-files DIR allows the files below DIR", op, folder);
}

}  // namespace smcli
