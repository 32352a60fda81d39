// Files, behind an interface: the program's one real FileSystem, and the fake one of tests/support/fake_file_system.h.
// Errors: `NotFoundError` where nothing is there, `IoError` in the operating system's words; both name the path.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace smcli {

// The bytes of one file, read-only. Copies share them; they live as long as a copy or its keep_alive() does. The real
// one is a private mapping: opening it costs no reading, and later changes to the file may or may not be seen.
class MappedFile {
 public:
  MappedFile() = default;  // no bytes
  MappedFile(std::string_view bytes, std::shared_ptr<const void> keep_alive)
      : bytes_(bytes), keep_alive_(std::move(keep_alive)) {}
  // Over memory of its own.
  static MappedFile Of(std::string bytes);

  std::string_view bytes() const { return bytes_; }
  size_t size() const { return bytes_.size(); }
  const std::shared_ptr<const void>& keep_alive() const { return keep_alive_; }

 private:
  std::string_view bytes_;
  std::shared_ptr<const void> keep_alive_;
};

enum class FileKind {
  kNone,  // nothing is there
  kRegular,
  kDirectory,
  kOther,  // a pipe, a device, a socket, or what we are not allowed to look at
};

// Says that these bytes, which `keep_alive` keeps, are not needed for now: where they are a mapping, their pages leave
// the process's memory, and come back from the file when somebody looks again. Elsewhere nothing happens.
void ReleasePages(std::string_view bytes, const std::shared_ptr<const void>& keep_alive);

// A file that is read here and there, where mapping would bring more into memory than is looked at.
class RandomAccessFile {
 public:
  virtual ~RandomAccessFile() = default;
  virtual uint64_t size() const = 0;
  // The bytes from `offset` on, as many as fit into `out` and are there.
  virtual Result<size_t> Read(uint64_t offset, std::span<char> out) const = 0;
};

struct DirectoryEntry {
  std::string name;
  FileKind kind = FileKind::kNone;  // symbolic links are followed; a dangling one is kNone
};

// The program's own stdout as a path: of kind kOther wherever it leads, and written through.
inline constexpr std::string_view kStdoutPath = "/dev/stdout";

// A file being written. The real one is written beside its place and appears there, complete, on Commit; destroyed
// without it (or after an error), it leaves nothing. Where the path is a pipe or a device the bytes go straight to it;
// where it is a link, the file that it leads to is replaced, not the link.
class OutputFile {
 public:
  virtual ~OutputFile() = default;
  virtual Status Append(std::string_view bytes) = 0;
  // Bytes appended so far.
  virtual uint64_t size() const = 0;
  // Puts the file in its place, over what was there. Once.
  virtual Status Commit() = 0;
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;

  // Symbolic links are followed.
  virtual FileKind Kind(const std::string& path) const = 0;
  bool Exists(const std::string& path) const { return Kind(path) != FileKind::kNone; }

  // Regular files only: a directory, a pipe or a device is an `IoError` that says so.
  virtual Result<MappedFile> Map(const std::string& path) const = 0;
  // Likewise.
  virtual Result<std::unique_ptr<RandomAccessFile>> OpenRandomAccess(const std::string& path) const;
  // The whole content, of pipes and devices too; more than `max_bytes` is an `IoError`.
  virtual Result<std::string> Read(const std::string& path, uint64_t max_bytes) const = 0;
  // Sorted by name; without "." and "..".
  virtual Result<std::vector<DirectoryEntry>> List(const std::string& path) const = 0;

  // The directory of `path` must exist.
  virtual Result<std::unique_ptr<OutputFile>> Create(const std::string& path) = 0;
  // Makes `path` and what is missing above it; one that exists is fine.
  virtual Status MakeDirectories(const std::string& path) = 0;
  // Moves a file or a directory, over an existing file.
  virtual Status Rename(const std::string& from, const std::string& to) = 0;
  // Removes a file, or a directory with all it holds; links are removed, not followed. Nothing there is fine.
  virtual Status RemoveAll(const std::string& path) = 0;
};

// The operating system's files.
std::unique_ptr<FileSystem> MakeRealFileSystem();

// Create, Append, Commit.
Status WriteFile(FileSystem& files, const std::string& path, std::string_view bytes);

}  // namespace smcli
