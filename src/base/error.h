// What went wrong, in one of seven kinds. A kind decides the exit status; the message is for people.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

namespace smcli {

enum class ErrorKind {
  kUsage,         // bad flag, unknown signature or input, an output that exists
  kInvalidModel,  // corrupt, truncated or inconsistent bytes
  kUnsupported,   // an op, dtype, attribute or target that smcli lacks
  kIo,            // the operating system refused
  kNotFound,      // no such model, tag set, variable, file
  kModel,         // the model's own error while it runs
  kInternal,      // our bug
};

// The exit status of contract.md: 2, 3, 4, 5, 6, 7, 70.
int ExitCode(ErrorKind kind);

class Error {
 public:
  Error(ErrorKind kind, std::string message) : kind_(kind), message_(std::move(message)) {}

  ErrorKind kind() const { return kind_; }
  const std::string& message() const { return message_; }

  // Puts a place in front: "variables.index" + "block at 0" -> "variables.index: block at 0".
  // Every layer that knows something adds it once; the outermost comes first.
  Error Annotate(std::string_view place) &&;

 private:
  ErrorKind kind_;
  std::string message_;
};

template <typename... Args>
Error UsageError(fmt::format_string<Args...> text, Args&&... args) {
  return {ErrorKind::kUsage, fmt::format(text, std::forward<Args>(args)...)};
}
template <typename... Args>
Error InvalidModelError(fmt::format_string<Args...> text, Args&&... args) {
  return {ErrorKind::kInvalidModel, fmt::format(text, std::forward<Args>(args)...)};
}
template <typename... Args>
Error UnsupportedError(fmt::format_string<Args...> text, Args&&... args) {
  return {ErrorKind::kUnsupported, fmt::format(text, std::forward<Args>(args)...)};
}
template <typename... Args>
Error IoError(fmt::format_string<Args...> text, Args&&... args) {
  return {ErrorKind::kIo, fmt::format(text, std::forward<Args>(args)...)};
}
template <typename... Args>
Error NotFoundError(fmt::format_string<Args...> text, Args&&... args) {
  return {ErrorKind::kNotFound, fmt::format(text, std::forward<Args>(args)...)};
}
template <typename... Args>
Error ModelError(fmt::format_string<Args...> text, Args&&... args) {
  return {ErrorKind::kModel, fmt::format(text, std::forward<Args>(args)...)};
}
template <typename... Args>
Error InternalError(fmt::format_string<Args...> text, Args&&... args) {
  return {ErrorKind::kInternal, fmt::format(text, std::forward<Args>(args)...)};
}

}  // namespace smcli
