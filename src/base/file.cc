#include "base/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "base/descriptor.h"
#include "base/path.h"

namespace smcli {
namespace {

FileKind KindOf(mode_t mode) {
  if (S_ISREG(mode)) return FileKind::kRegular;
  return S_ISDIR(mode) ? FileKind::kDirectory : FileKind::kOther;
}

// Opens without waiting for the other end of a pipe: what it is decides the caller.
Result<Descriptor> OpenForReading(const std::string& path, struct stat& status) {
  Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.valid() || fstat(file.get(), &status) != 0) return SystemError(path, "cannot open it");
  if (S_ISDIR(status.st_mode)) return IoError("{}: is a directory, not a file", path);
  return file;
}

Result<Descriptor> OpenRegular(const std::string& path, struct stat& status) {
  SMCLI_ASSIGN_OR_RETURN(Descriptor file, OpenForReading(path, status));
  if (!S_ISREG(status.st_mode)) return IoError("{}: is a pipe or a device, not a regular file", path);
  return file;
}

struct Unmap {
  size_t size;
  void operator()(const void* address) const { munmap(const_cast<void*>(address), size); }
};

Result<MappedFile> MapFile(const std::string& path) {
  struct stat status;
  SMCLI_ASSIGN_OR_RETURN(const Descriptor file, OpenRegular(path, status));
  const auto size = static_cast<size_t>(status.st_size);
  if (size == 0) return MappedFile();
  void* start = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (start == MAP_FAILED) return SystemError(path, "cannot map it");
  std::shared_ptr<const void> mapping(start, Unmap{size});
  return MappedFile({static_cast<const char*>(start), size}, std::move(mapping));
}

class RealRandomAccessFile final : public RandomAccessFile {
 public:
  RealRandomAccessFile(std::string path, Descriptor file, uint64_t size)
      : path_(std::move(path)), file_(std::move(file)), size_(size) {}
  uint64_t size() const override { return size_; }
  Result<size_t> Read(uint64_t offset, std::span<char> out) const override {
    size_t done = 0;
    while (done < out.size() && offset + done < size_) {
      const ssize_t count = pread(file_.get(), out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
      if (count < 0 && errno != EINTR) return SystemError(path_, "cannot read it");
      if (count == 0) break;
      if (count > 0) done += static_cast<size_t>(count);
    }
    return done;
  }

 private:
  std::string path_;
  Descriptor file_;
  uint64_t size_;
};

// For file systems that only map.
class MappedRandomAccessFile final : public RandomAccessFile {
 public:
  explicit MappedRandomAccessFile(MappedFile file) : file_(std::move(file)) {}
  uint64_t size() const override { return file_.size(); }
  Result<size_t> Read(uint64_t offset, std::span<char> out) const override {
    if (offset >= file_.size()) return size_t{0};
    return file_.bytes().copy(out.data(), out.size(), static_cast<size_t>(offset));
  }

 private:
  MappedFile file_;
};

Result<std::string> ReadAll(const std::string& path, uint64_t max_bytes) {
  struct stat status;
  SMCLI_ASSIGN_OR_RETURN(const Descriptor file, OpenForReading(path, status));
  if (!S_ISREG(status.st_mode)) fcntl(file.get(), F_SETFL, 0);  // from here on do wait for the pipe
  return ReadDescriptor(file.get(), path, max_bytes);
}

Result<std::vector<DirectoryEntry>> ListDirectory(const std::string& path) {
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(opendir(path.c_str()), closedir);
  if (!directory) return SystemError(path, "cannot list it");
  std::vector<DirectoryEntry> entries;
  errno = 0;
  while (const dirent* entry = readdir(directory.get())) {
    const std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    struct stat status;
    const bool there = fstatat(dirfd(directory.get()), name.c_str(), &status, 0) == 0;
    entries.push_back({name, there ? KindOf(status.st_mode) : FileKind::kNone});
    errno = 0;
  }
  if (errno != 0) return SystemError(path, "cannot list it");
  std::ranges::sort(entries, {}, &DirectoryEntry::name);
  return entries;
}

// One level of a path at a time, so that a race with another process that makes the same directory is harmless.
Status MakeDirectoriesAt(const std::string& path) {
  for (size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    const std::string prefix = path.substr(0, end);
    if (!prefix.empty() && mkdir(prefix.c_str(), 0777) != 0) {
      const int reason = errno;
      struct stat status;
      if (stat(prefix.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) {
        errno = reason == EEXIST ? ENOTDIR : reason;
        return IoError("{}: cannot make the directory: {}", prefix, SystemReason(errno));
      }
    }
    if (end == std::string::npos) return {};
  }
}

// Depth first with a list instead of recursion: directories are removed in the reverse order of their discovery.
Status RemoveTree(const std::string& path) {
  struct stat status;
  if (lstat(path.c_str(), &status) != 0) return errno == ENOENT ? Status() : SystemError(path, "cannot remove it");
  std::vector<std::string> directories;
  std::vector<std::string> pending = {path};
  while (!pending.empty()) {
    const std::string at = std::move(pending.back());
    pending.pop_back();
    if (lstat(at.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) {
      if (unlink(at.c_str()) != 0 && errno != ENOENT) return SystemError(at, "cannot remove it");
      continue;
    }
    SMCLI_ASSIGN_OR_RETURN(const std::vector<DirectoryEntry> entries, ListDirectory(at));
    for (const DirectoryEntry& entry : entries) pending.push_back(JoinPath(at, entry.name));
    directories.push_back(at);
  }
  for (size_t i = directories.size(); i-- > 0;) {
    if (rmdir(directories[i].c_str()) != 0 && errno != ENOENT) return SystemError(directories[i], "cannot remove it");
  }
  return {};
}

class RealFileSystem final : public FileSystem {
 public:
  FileKind Kind(const std::string& path) const override {
    if (path == kStdoutPath) return FileKind::kOther;
    struct stat status;
    if (stat(path.c_str(), &status) == 0) return KindOf(status.st_mode);
    // Whoever opens it learns why; taken for absent, a model without its weights would look whole.
    return errno == EACCES || errno == ELOOP || errno == EIO ? FileKind::kOther : FileKind::kNone;
  }
  Result<MappedFile> Map(const std::string& path) const override { return MapFile(path); }
  Result<std::unique_ptr<RandomAccessFile>> OpenRandomAccess(const std::string& path) const override {
    struct stat status;
    SMCLI_ASSIGN_OR_RETURN(Descriptor file, OpenRegular(path, status));
    return std::make_unique<RealRandomAccessFile>(path, std::move(file), static_cast<uint64_t>(status.st_size));
  }
  Result<std::string> Read(const std::string& path, uint64_t max_bytes) const override {
    return ReadAll(path, max_bytes);
  }
  Result<std::vector<DirectoryEntry>> List(const std::string& path) const override { return ListDirectory(path); }
  Result<std::unique_ptr<OutputFile>> Create(const std::string& path) override { return CreateOutputFile(path); }
  Status MakeDirectories(const std::string& path) override { return MakeDirectoriesAt(path); }
  Status Rename(const std::string& from, const std::string& to) override {
    if (rename(from.c_str(), to.c_str()) != 0) return SystemError(to, "cannot rename a file to it");
    return {};
  }
  Status RemoveAll(const std::string& path) override { return RemoveTree(path); }
};

}  // namespace

MappedFile MappedFile::Of(std::string bytes) {
  auto owned = std::make_shared<const std::string>(std::move(bytes));
  const std::string_view view = *owned;
  return MappedFile(view, std::move(owned));
}

Result<std::unique_ptr<RandomAccessFile>> FileSystem::OpenRandomAccess(const std::string& path) const {
  SMCLI_ASSIGN_OR_RETURN(MappedFile file, Map(path));
  return std::make_unique<MappedRandomAccessFile>(std::move(file));
}

void ReleasePages(std::string_view bytes, const std::shared_ptr<const void>& keep_alive) {
  if (std::get_deleter<Unmap>(keep_alive) == nullptr) return;
  const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  const uintptr_t begin = (reinterpret_cast<uintptr_t>(bytes.data()) + page - 1) / page * page;
  const uintptr_t end = (reinterpret_cast<uintptr_t>(bytes.data()) + bytes.size()) / page * page;
  if (begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
}

std::unique_ptr<FileSystem> MakeRealFileSystem() { return std::make_unique<RealFileSystem>(); }

Status WriteFile(FileSystem& files, const std::string& path, std::string_view bytes) {
  SMCLI_ASSIGN_OR_RETURN(const std::unique_ptr<OutputFile> file, files.Create(path));
  SMCLI_RETURN_IF_ERROR(file->Append(bytes));
  return file->Commit();
}

}  // namespace smcli
