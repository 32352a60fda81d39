// Runs a fuzz target once over every file named on the command line, or in the folders named there.
#include <cstdint>
#include <cstdio>
#include <string>

#include "base/file.h"
#include "base/path.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

constexpr uint64_t kMaxFile = uint64_t{64} << 20;

// The number of files run; -1 after an unreadable one.
int Replay(const smcli::FileSystem& files, const std::string& path) {
  if (files.Kind(path) == smcli::FileKind::kDirectory) {
    const auto entries = files.List(path);
    int count = 0;
    for (const smcli::DirectoryEntry& entry : *entries) {
      const int more = Replay(files, smcli::JoinPath(path, entry.name));
      if (more < 0) return more;
      count += more;
    }
    return count;
  }
  const auto bytes = files.Read(path, kMaxFile);
  if (!bytes.ok()) {
    std::fprintf(stderr, "%s\n", bytes.error().message().c_str());
    return -1;
  }
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(bytes->data()), bytes->size());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  const auto files = smcli::MakeRealFileSystem();
  int count = 0;
  for (int i = 1; i < argc; ++i) {
    const int more = Replay(*files, argv[i]);
    if (more < 0) return 1;
    count += more;
  }
  std::printf("%d inputs\n", count);
  return count > 0 ? 0 : 1;
}
