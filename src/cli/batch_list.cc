#include "cli/batch_list.h"

#include <algorithm>

#include "base/file.h"
#include "base/path.h"
#include "base/text.h"
#include "base/utf8.h"

namespace smcli {
namespace {

constexpr uint64_t kMaxListBytes = uint64_t{256} << 20;

using Paths = std::vector<std::string>;

bool IsModelFile(std::string_view name) {
  return name == "saved_model.pb" || name == "saved_model.pbtxt" || name == "saved_model.cpb";
}

bool IsNumber(std::string_view name) {
  return !name.empty() && name.find_first_not_of("0123456789") == std::string_view::npos;
}

// A SavedModel's folder, or one of numeric versions.
bool IsModelFolder(const FileSystem& files, const std::string& path) {
  const auto entries = files.List(path);
  return entries.ok() && std::ranges::any_of(*entries, [](const DirectoryEntry& entry) {
           return IsModelFile(entry.name) || (entry.kind == FileKind::kDirectory && IsNumber(entry.name));
         });
}

Status AddFolder(Env& env, const std::string& path, Paths& out) {
  if (IsModelFolder(*env.files, path)) {
    out.push_back(path);
    return {};
  }
  SMCLI_ASSIGN_OR_RETURN(const std::vector<DirectoryEntry> entries, env.files->List(path));
  const size_t before = out.size();
  for (const DirectoryEntry& entry : entries) {
    const std::string child = JoinPath(path, entry.name);
    if (entry.kind == FileKind::kDirectory && IsModelFolder(*env.files, child)) out.push_back(child);
  }
  if (out.size() == before) return NotFoundError("{}: there are no models in this folder", path);
  return {};
}

bool HasWildcard(std::string_view text) { return text.find_first_of("*?[") != text.npos; }

// Component by component, so that '*' does not cross a '/'.
Paths Expand(const FileSystem& files, std::string_view pattern) {
  Paths found = {pattern.starts_with('/') ? "/" : ""};
  for (size_t at = 0; at < pattern.size();) {
    const size_t slash = std::min(pattern.find('/', at), pattern.size());
    const std::string_view component = pattern.substr(at, slash - at);
    at = slash + 1;
    if (component.empty()) continue;
    Paths next;
    for (const std::string& folder : found) {
      if (!HasWildcard(component)) {
        std::string path = JoinPath(folder, component);
        if (files.Exists(path)) next.push_back(std::move(path));
        continue;
      }
      const auto entries = files.List(folder.empty() ? "." : folder);
      if (!entries.ok()) continue;
      for (const DirectoryEntry& entry : *entries) {
        const bool hidden = entry.name.starts_with('.') && !component.starts_with('.');
        if (!hidden && GlobMatches(component, entry.name)) next.push_back(JoinPath(folder, entry.name));
      }
    }
    found = std::move(next);
  }
  return found;
}

// What of a glob's matches is a model: folders, model files, and checkpoints by their indexes.
Status AddGlob(Env& env, const std::string& pattern, Paths& out) {
  const size_t before = out.size();
  for (std::string& path : Expand(*env.files, pattern)) {
    const std::string_view extension = Extension(path);
    if (env.files->Kind(path) == FileKind::kDirectory) {
      if (IsModelFolder(*env.files, path)) out.push_back(std::move(path));
    } else if (extension == ".index") {
      out.push_back(path.substr(0, path.size() - extension.size()));
    } else if (extension == ".pb" || extension == ".pbtxt" || extension == ".cpb") {
      out.push_back(std::move(path));
    }
  }
  if (out.size() == before) return NotFoundError("{}: matches no model", Quoted(pattern));
  return {};
}

Status AddLines(Env& env, std::string_view text, Paths& out) {
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    std::string line(text.substr(at, end - at));
    at = end + 1;
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ' || line.back() == '\t')) line.pop_back();
    if (line.empty() || line[0] == '#') continue;
    if (HasWildcard(line) && !env.files->Exists(line)) {
      SMCLI_RETURN_IF_ERROR(AddGlob(env, line, out));
    } else {
      out.push_back(std::move(line));
    }
  }
  return {};
}

Status AddWord(Env& env, const std::string& word, Paths& out) {
  if (word != "-") {
    switch (env.files->Kind(word)) {
      case FileKind::kDirectory: return AddFolder(env, word, out);
      case FileKind::kNone:
        if (HasWildcard(word)) return AddGlob(env, word, out);
        return NotFoundError("{}: there is no such list, folder or model", word);
      default: break;
    }
  }
  SMCLI_ASSIGN_OR_RETURN(const std::string text, env.files->Read(word == "-" ? "/dev/stdin" : word, kMaxListBytes));
  return AddLines(env, text, out);
}

}  // namespace

Result<std::vector<std::string>> ReadBatchList(Env& env, const std::vector<std::string>& words) {
  Paths paths;
  for (const std::string& word : words) SMCLI_RETURN_IF_ERROR(AddWord(env, word, paths));
  return paths;
}

}  // namespace smcli
