// A FileSystem in memory, for tests: files are entries of a map, directories are what their paths imply. Faults can be
// planted. It keeps the promises of base/file.h: what is not committed is not there.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "base/file.h"

namespace smcli {

class FakeFileSystem final : public FileSystem {
 public:
  std::map<std::string, std::string> files;
  std::set<std::string> directories;  // made explicitly; a file's directories need not be listed
  std::set<std::string> unreadable;   // paths that exist but fail with "Permission denied"
  uint64_t disk_space = UINT64_MAX;   // bytes that may yet be appended before "No space left on device"

  FileKind Kind(const std::string& path) const override {
    if (files.contains(path)) return FileKind::kRegular;
    return IsDirectory(path) ? FileKind::kDirectory : FileKind::kNone;
  }

  Result<MappedFile> Map(const std::string& path) const override {
    SMCLI_RETURN_IF_ERROR(CheckReadable(path));
    return MappedFile::Of(files.at(path));
  }

  Result<std::string> Read(const std::string& path, uint64_t max_bytes) const override {
    SMCLI_RETURN_IF_ERROR(CheckReadable(path));
    if (files.at(path).size() > max_bytes) return IoError("{}: is larger than {} bytes", path, max_bytes);
    return files.at(path);
  }

  Result<std::vector<DirectoryEntry>> List(const std::string& path) const override {
    if (!IsDirectory(path)) return NotFoundError("{}: No such file or directory", path);
    const std::string prefix = path == "." ? "" : path.empty() || path.ends_with('/') ? path : path + "/";
    std::map<std::string, FileKind> entries;
    const auto add = [&](const std::string& name, FileKind kind) {
      if (!name.starts_with(prefix) || name.size() == prefix.size()) return;
      const size_t slash = name.find('/', prefix.size());
      const std::string entry = name.substr(prefix.size(), slash - prefix.size());
      entries[entry] = slash == std::string::npos ? kind : FileKind::kDirectory;
    };
    for (const auto& [name, bytes] : files) add(name, FileKind::kRegular);
    for (const std::string& name : directories) add(name, FileKind::kDirectory);
    std::vector<DirectoryEntry> list;
    for (const auto& [name, kind] : entries) list.push_back({name, kind});
    return list;
  }

  Result<std::unique_ptr<OutputFile>> Create(const std::string& path) override {
    if (IsDirectory(path)) return IoError("{}: is a directory, not a file", path);
    return std::make_unique<Output>(*this, path);
  }

  Status MakeDirectories(const std::string& path) override {
    directories.insert(path);
    return {};
  }

  Status Rename(const std::string& from, const std::string& to) override {
    if (Kind(from) == FileKind::kNone) return NotFoundError("{}: No such file or directory", from);
    std::map<std::string, std::string> moved;
    for (const auto& [name, bytes] : files) {
      const bool inside = name == from || name.starts_with(from + "/");
      moved[inside ? to + name.substr(from.size()) : name] = bytes;
    }
    files = std::move(moved);
    if (directories.erase(from)) directories.insert(to);
    return {};
  }

  Status RemoveAll(const std::string& path) override {
    const auto inside = [&](const std::string& name) { return name == path || name.starts_with(path + "/"); };
    std::erase_if(files, [&](const auto& entry) { return inside(entry.first); });
    std::erase_if(directories, inside);
    return {};
  }

 private:
  class Output final : public OutputFile {
   public:
    Output(FakeFileSystem& owner, std::string path) : owner_(owner), path_(std::move(path)) {}
    Status Append(std::string_view bytes) override {
      if (bytes.size() > owner_.disk_space) return IoError("{}: cannot write to it: No space left on device", path_);
      owner_.disk_space -= bytes.size();
      bytes_ += bytes;
      return {};
    }
    uint64_t size() const override { return bytes_.size(); }
    Status Commit() override {
      owner_.files[path_] = std::move(bytes_);
      return {};
    }

   private:
    FakeFileSystem& owner_;
    std::string path_;
    std::string bytes_;
  };

  bool IsDirectory(const std::string& path) const {
    if (path.empty() || path == "." || directories.contains(path)) return true;
    const std::string prefix = path.ends_with('/') ? path : path + "/";
    const auto after = files.lower_bound(prefix);
    const auto made = directories.lower_bound(prefix);
    return (after != files.end() && after->first.starts_with(prefix)) ||
           (made != directories.end() && made->starts_with(prefix));
  }

  Status CheckReadable(const std::string& path) const {
    if (unreadable.contains(path)) return IoError("{}: cannot open it: Permission denied", path);
    if (files.contains(path)) return {};
    if (IsDirectory(path)) return IoError("{}: is a directory, not a file", path);
    return NotFoundError("{}: No such file or directory", path);
  }
};

}  // namespace smcli
