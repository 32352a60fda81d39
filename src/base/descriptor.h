// What the real FileSystem is made of: an owned file descriptor, and the operating system's reasons as errors.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/result.h"

namespace smcli {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor();

  bool valid() const { return number_ >= 0; }
  int get() const { return number_; }
  // 0, or the error number with which the operating system took the last writes back.
  int Close();

 private:
  int number_ = -1;
};

// strerror's words for an errno.
std::string SystemReason(int number);
// "path: what: reason" from errno: `NotFoundError` for ENOENT and ENOTDIR, `IoError` for all else.
Error SystemError(std::string_view path, std::string_view what);

// All that a descriptor yields, standard input (0) for one; more than `max_bytes` is an `IoError`. `name` is for
// messages.
Result<std::string> ReadDescriptor(int descriptor, std::string_view name, uint64_t max_bytes);
// Writes every byte, however often the operating system takes only some.
Status WriteDescriptor(int descriptor, std::string_view name, std::string_view bytes);

// FileSystem::Create of the real file system.
Result<std::unique_ptr<OutputFile>> CreateOutputFile(const std::string& path);

}  // namespace smcli
