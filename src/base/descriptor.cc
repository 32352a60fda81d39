#include "base/descriptor.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace smcli {

Descriptor::~Descriptor() { Close(); }

int Descriptor::Close() {
  if (!valid()) return 0;
  return close(std::exchange(number_, -1)) == 0 || errno == EINTR ? 0 : errno;
}

std::string SystemReason(int number) { return std::strerror(number); }

Error SystemError(std::string_view path, std::string_view what) {
  const int number = errno;
  if (path.empty()) path = "\"\"";
  if (number == ENOENT || number == ENOTDIR) return NotFoundError("{}: {}", path, SystemReason(number));
  return IoError("{}: {}: {}", path, what, SystemReason(number));
}

Result<std::string> ReadDescriptor(int descriptor, std::string_view name, uint64_t max_bytes) {
  constexpr size_t kChunk = size_t{4} << 10;  // control files are short, pipes make it grow
  struct stat status;
  const bool sized = fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0;
  std::string content;
  // A regular file announces its length; one byte more finds its end without another round.
  size_t want = sized ? static_cast<size_t>(std::min<uint64_t>(status.st_size, max_bytes)) + 1 : kChunk;
  for (size_t length = 0;;) {
    content.resize(length + want);
    const ssize_t got = read(descriptor, content.data() + length, want);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return SystemError(name, "cannot read it");
    length += static_cast<size_t>(got);
    if (length > max_bytes)
      return IoError("{}: is larger than {} bytes, the limit for this kind of file", name, max_bytes);
    if (got == 0) {
      content.resize(length);
      return content;
    }
    want = std::max(kChunk, length);
  }
}

Status WriteDescriptor(int descriptor, std::string_view name, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = write(descriptor, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return IoError("{}: cannot write to it: {}", name, SystemReason(errno));
    bytes.remove_prefix(static_cast<size_t>(put));
  }
  return {};
}

}  // namespace smcli
