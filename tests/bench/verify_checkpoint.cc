// verify_checkpoint PREFIX: every tensor read, its checksum compared, by all threads.
#include <cstdio>

#include "base/thread_pool.h"
#include "checkpoint/bundle_reader.h"

namespace smcli {
namespace {

Status Verify(const std::string& prefix) {
  const auto files = MakeRealFileSystem();
  SMCLI_ASSIGN_OR_RETURN(const auto reader, BundleReader::Open(*files, prefix));
  ThreadPool threads(AvailableCores());
  for (const BundleEntry& entry : reader->entries()) {
    SMCLI_ASSIGN_OR_RETURN([[maybe_unused]] const Tensor tensor,
                           reader->Read(entry, {.verify = true, .pool = &threads}));
  }
  return {};
}

}  // namespace
}  // namespace smcli

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const smcli::Status status = smcli::Verify(argv[1]);
  if (!status.ok()) std::fprintf(stderr, "%s\n", status.error().message().c_str());
  return status.ok() ? 0 : 1;
}
