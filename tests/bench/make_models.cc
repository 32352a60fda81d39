// make_models FOLDER: writes big_graph/, many_variables/ and big_checkpoint/ there, about 1.6 GB.
#include <cstdio>
#include <filesystem>

#include "base/file.h"
#include "bench/workloads.h"

namespace smcli {
namespace {

Status WriteAll(const std::string& folder) {
  const auto files = MakeRealFileSystem();
  for (const char* name : {"/big_graph", "/many_variables", "/big_checkpoint"}) {
    std::filesystem::create_directories(folder + name);
  }
  SMCLI_RETURN_IF_ERROR(WriteFile(*files, folder + "/big_graph/saved_model.pb", GraphOfConstants(1000, 500'000)));
  SMCLI_RETURN_IF_ERROR(WriteVariables(*files, folder + "/many_variables/variables", 20'000, 16));
  return WriteVariables(*files, folder + "/big_checkpoint/variables", 64, int64_t{4} << 20);
}

}  // namespace
}  // namespace smcli

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const smcli::Status status = smcli::WriteAll(argv[1]);
  if (!status.ok()) std::fprintf(stderr, "%s\n", status.error().message().c_str());
  return status.ok() ? 0 : 1;
}
