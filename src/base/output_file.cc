// Writing a file so that it is either complete or absent, even when the program is killed: the bytes go into a file
// without a name (O_TMPFILE) where the file system has those, else into one with a name of its own in the same
// directory; Commit gives it its name. Nothing waits for the disk (no fsync): a power cut may lose the file.
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "base/descriptor.h"
#include "base/patchable_file.h"
#include "base/path.h"

namespace smcli {
namespace {

constexpr size_t kBufferSize = size_t{256} << 10;

// A name in the directory of `path` that no other writer uses, of this process or another one.
std::string TemporaryName(const std::string& path) {
  uint64_t random = static_cast<uint64_t>(getpid());
  if (getrandom(&random, sizeof(random), GRND_NONBLOCK) < 0) random ^= reinterpret_cast<uintptr_t>(&path);
  return JoinPath(DirName(path), fmt::format(".{}.{:016x}.tmp", BaseName(path).substr(0, 128), random));
}

std::string DescriptorPath(int descriptor) { return fmt::format("/proc/self/fd/{}", descriptor); }

class BufferedOutputFile final : public OutputFile, public PatchableFile {
 public:
  // `temporary` is empty for a file without a name; `direct` for a pipe or a device.
  BufferedOutputFile(std::string path, std::string temporary, Descriptor file, bool direct)
      : path_(std::move(path)), temporary_(std::move(temporary)), file_(std::move(file)), direct_(direct) {}

  ~BufferedOutputFile() override {
    if (!temporary_.empty()) unlink(temporary_.c_str());
  }

  Status Append(std::string_view bytes) override {
    size_ += bytes.size();
    if (buffer_.size() + bytes.size() > kBufferSize) SMCLI_RETURN_IF_ERROR(Flush());
    if (bytes.size() >= kBufferSize) return WriteDescriptor(file_.get(), path_, bytes);
    buffer_.append(bytes);
    return {};
  }

  uint64_t size() const override { return size_; }

  bool patchable() const override { return !direct_; }

  Status Replace(uint64_t offset, std::string_view bytes) override {
    SMCLI_RETURN_IF_ERROR(Flush());
    while (!bytes.empty()) {
      const ssize_t count = pwrite(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (count < 0 && errno != EINTR) return IoError("{}: cannot write to it: {}", path_, SystemReason(errno));
      if (count <= 0) continue;
      bytes.remove_prefix(static_cast<size_t>(count));
      offset += static_cast<uint64_t>(count);
    }
    return {};
  }

  Status Commit() override {
    SMCLI_RETURN_IF_ERROR(Flush());
    if (direct_) return Close();
    if (temporary_.empty()) {
      // Where nothing stands yet the file gets its own name at once: a kill never leaves it under another one.
      if (Name(path_)) return Close();
      if (errno != EEXIST) return IoError("{}: cannot name the file: {}", path_, SystemReason(errno));
      std::string name = TemporaryName(path_);
      if (!Name(name)) return IoError("{}: cannot name the file: {}", path_, SystemReason(errno));
      temporary_ = std::move(name);
    }
    SMCLI_RETURN_IF_ERROR(Close());
    if (rename(temporary_.c_str(), path_.c_str()) != 0) {
      return IoError("{}: cannot put the file in its place: {}", path_, SystemReason(errno));
    }
    temporary_.clear();
    return {};
  }

 private:
  Status Flush() {
    SMCLI_RETURN_IF_ERROR(WriteDescriptor(file_.get(), path_, buffer_));
    buffer_.clear();
    return {};
  }

  // Of a file without a name. Sets errno.
  bool Name(const std::string& name) const {
    return linkat(AT_FDCWD, DescriptorPath(file_.get()).c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) == 0;
  }

  Status Close() {
    if (const int reason = file_.Close()) return IoError("{}: cannot write to it: {}", path_, SystemReason(reason));
    return {};
  }

  std::string path_;
  std::string temporary_;
  Descriptor file_;
  bool direct_;
  std::string buffer_;
  uint64_t size_ = 0;
};

// Invalid where the file system has no files without a name, or where they could not get one later.
Descriptor OpenUnnamed(const std::string& directory) {
#ifdef O_TMPFILE
  Descriptor file(open(directory.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666));
  if (file.valid() && access(DescriptorPath(file.get()).c_str(), F_OK) == 0) return file;
#endif
  return {};
}

// Straight to what is open already.
Result<std::unique_ptr<OutputFile>> WriteThrough(const std::string& path, Descriptor file) {
  if (!file.valid()) return SystemError(path, "cannot write to it");
  return std::make_unique<BufferedOutputFile>(path, "", std::move(file), true);
}

// The file that a link leads to, else the path itself; a link to nothing gives way to the file.
std::string WithoutLink(const std::string& path) {
  struct stat status;
  if (lstat(path.c_str(), &status) != 0 || !S_ISLNK(status.st_mode)) return path;
  const std::unique_ptr<char, decltype(&free)> target(realpath(path.c_str(), nullptr), free);
  return target ? target.get() : path;
}

}  // namespace

Result<std::unique_ptr<OutputFile>> CreateOutputFile(const std::string& given) {
  if (given.empty()) return UsageError("a file to write needs a name, and \"\" is none");
  // A copy of the descriptor, not a second opening: that would begin at the start of the file again.
  if (given == kStdoutPath) return WriteThrough(given, Descriptor(fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0)));
  const std::string path = WithoutLink(given);
  struct stat status;
  if (stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {
    if (S_ISDIR(status.st_mode)) return IoError("{}: is a directory, not a file", path);
    return WriteThrough(path, Descriptor(open(path.c_str(), O_WRONLY | O_CLOEXEC)));
  }
  const std::string directory(DirName(path));
  Descriptor file = OpenUnnamed(directory.empty() ? "." : directory);
  std::string temporary;
  if (!file.valid()) {
    temporary = TemporaryName(path);
    file = Descriptor(open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (!file.valid()) return IoError("{}: cannot create it: {}", path, SystemReason(errno));
  }
  return std::make_unique<BufferedOutputFile>(path, std::move(temporary), std::move(file), false);
}

}  // namespace smcli
