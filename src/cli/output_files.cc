#include "cli/output_files.h"

#include "base/file.h"
#include "base/path.h"
#include "base/utf8.h"

namespace smcli {

namespace {

bool StaysInside(std::string_view key) {
  if (key.empty() || key.find('\0') != std::string_view::npos) return false;
  while (!key.empty()) {
    const size_t slash = key.find('/');
    const std::string_view part = key.substr(0, slash);
    if (part.empty() || part == "." || part == "..") return false;
    key.remove_prefix(slash == std::string_view::npos ? key.size() : slash + 1);
    if (slash != std::string_view::npos && key.empty()) return false;  // "a/"
  }
  return true;
}

}  // namespace

Result<std::vector<std::string>> OutputPaths(const std::string& directory, const std::vector<TensorSpec>& outputs) {
  std::vector<std::string> paths;
  for (const TensorSpec& spec : outputs) {
    if (!StaysInside(spec.key)) {
      return UsageError("output {} cannot name a file below {}; --save-outputs FILE.npz holds it", Quoted(spec.key),
                        directory);
    }
    paths.push_back(JoinPath(directory, spec.key + ".npy"));
  }
  return paths;
}

Status CheckMayWrite(const Env& env, const std::vector<std::string>& paths) {
  if (env.overwrite) return {};
  for (const std::string& path : paths) {
    const FileKind kind = env.files->Kind(path);
    if (kind == FileKind::kNone || kind == FileKind::kOther) continue;  // nothing is lost in a pipe or a device
    return UsageError("{}: the file exists; --overwrite replaces it", Escaped(path));
  }
  return {};
}

}  // namespace smcli
