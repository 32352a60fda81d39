// ReadFile, WriteFile, MatchingFiles, ShardedFilename, ShardedFilespec. What is touched goes through FilePolicy.
#include <algorithm>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/path.h"
#include "base/text.h"
#include "ops/expect.h"
#include "ops/op.h"

namespace smcli {
namespace {

Status ReadFileOp(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(const std::string path, ScalarOf<std::string>(ctx.input(0), "filename"));
  SMCLI_ASSIGN_OR_RETURN(std::string content, ctx.files().ReadForOp(path, "ReadFile"));
  ctx.set_output(0, Tensor::Scalar(std::move(content)));
  return {};
}

Status WriteFileOp(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(const std::string path, ScalarOf<std::string>(ctx.input(0), "filename"));
  SMCLI_ASSIGN_OR_RETURN(const std::string content, ScalarOf<std::string>(ctx.input(1), "contents"));
  SMCLI_RETURN_IF_ERROR(ctx.files().CheckWrite(path, "WriteFile"));
  const auto files = MakeRealFileSystem();
  return WriteFile(*files, path, content);
}

// Names with wildcards in their last part. One with wildcards in its folders is refused.
Status MatchingFiles(KernelContext& ctx) {
  const Tensor& patterns = ctx.input(0);
  const auto files = MakeRealFileSystem();
  std::vector<std::string> found;
  for (const std::string& pattern : patterns.flat<std::string>()) {
    const std::string folder(DirName(pattern));
    const std::string_view name = BaseName(pattern);
    if (folder.find_first_of("*?[\\") != std::string::npos) {
      return UnsupportedError("MatchingFiles with wildcards in the folder of '{}'", pattern);
    }
    const std::string place = folder.empty() ? "." : folder;
    SMCLI_RETURN_IF_ERROR(ctx.files().CheckList(place, "MatchingFiles"));
    SMCLI_ASSIGN_OR_RETURN(const auto entries, files->List(place));
    for (const DirectoryEntry& entry : entries) {
      if (GlobMatches(name, entry.name)) found.push_back(JoinPath(folder, entry.name));
    }
  }
  std::ranges::sort(found);
  const Shape shape{static_cast<int64_t>(found.size())};
  ctx.set_output(0, Tensor::Strings(shape, std::move(found)));
  return {};
}

Status ShardedFilename(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(const std::string base, ScalarOf<std::string>(ctx.input(0), "basename"));
  SMCLI_ASSIGN_OR_RETURN(const int32_t shard, ScalarOf<int32_t>(ctx.input(1), "shard"));
  SMCLI_ASSIGN_OR_RETURN(const int32_t shards, ScalarOf<int32_t>(ctx.input(2), "num_shards"));
  ctx.set_output(0, Tensor::Scalar(fmt::format("{}-{:05}-of-{:05}", base, shard, shards)));
  return {};
}

Status ShardedFilespec(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(const std::string base, ScalarOf<std::string>(ctx.input(0), "basename"));
  SMCLI_ASSIGN_OR_RETURN(const int32_t shards, ScalarOf<int32_t>(ctx.input(1), "num_shards"));
  ctx.set_output(0, Tensor::Scalar(fmt::format("{}-{}-of-{:05}", base, "?????", shards)));
  return {};
}

constexpr Op kOps[] = {
    {.name = "MatchingFiles", .types = {}, .make = MakeFunctionKernel<MatchingFiles>, .pure = false},
    {.name = "ReadFile", .types = {}, .make = MakeFunctionKernel<ReadFileOp>, .pure = false},
    {.name = "ShardedFilename", .types = {}, .make = MakeFunctionKernel<ShardedFilename>},
    {.name = "ShardedFilespec", .types = {}, .make = MakeFunctionKernel<ShardedFilespec>},
    {.name = "WriteFile", .types = {}, .make = MakeFunctionKernel<WriteFileOp>, .pure = false},
};

}  // namespace

std::span<const Op> FileAccessOps() { return kOps; }

}  // namespace smcli
