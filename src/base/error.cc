#include "base/error.h"

namespace smcli {

int ExitCode(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kUsage: return 2;
    case ErrorKind::kInvalidModel: return 3;
    case ErrorKind::kUnsupported: return 4;
    case ErrorKind::kIo: return 5;
    case ErrorKind::kNotFound: return 6;
    case ErrorKind::kModel: return 7;
    case ErrorKind::kInternal: return 70;
  }
  return 70;
}

Error Error::Annotate(std::string_view place) && { return {kind_, fmt::format("{}: {}", place, message_)}; }

}  // namespace smcli
