// Peak memory of weight exports, measured in processes of their own.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/thread_pool.h"
#include "checkpoint/bundle_reader.h"
#include "checkpoint/bundle_writer.h"
#include "convert/driver.h"
#include "support/catch.h"
#include "support/scratch_directory.h"
#include "support/tensors.h"

namespace smcli {
namespace {

struct Silent : Notices {
  void Warn(std::string_view) override {}
};

// Runs `work` in another process; what that needed at most, in KiB.
template <typename Work>
long PeakOf(Work work) {
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) _exit(work() ? 0 : 1);
  int status = 0;
  rusage usage{};
  REQUIRE(wait4(child, &status, 0, &usage) == child);
  REQUIRE(status == 0);
  return usage.ru_maxrss;
}

bool Store(FileSystem& files, const std::string& prefix, int64_t mebibytes) {
  BundleWriter writer(files, prefix);
  const Tensor part = PatternTensor(DataType::kFloat, Shape{mebibytes << 18});
  const Tensor crumb = PatternTensor(DataType::kFloat, Shape{1000});
  bool ok = writer.Add("w", part).ok();
  for (int64_t i = 0; i < mebibytes * 64; ++i) ok = ok && writer.Add("crumb" + std::to_string(i), crumb).ok();
  return ok && writer.Finish().ok();
}

bool Export(FileSystem& files, const std::string& prefix, const char* target, const std::string& out) {
  const auto variables = BundleReader::Open(files, prefix);
  const auto converter = FindConverter(target);
  if (!variables.ok() || !converter.ok()) return false;
  ConvertSource source;
  source.path = prefix;
  source.variables = variables->get();
  ConvertOptions options;
  ThreadPool pool(2);
  Silent silent;
  return Convert({**converter, source, options, out, true}, files, pool, silent).ok();
}

TEST_CASE("the memory of an export does not grow with the model") {
#ifdef SMCLI_SANITIZED
  WARN("not measured under sanitizers, which keep what is freed");
#else
  const ScratchDirectory scratch;
  FileSystem& files = scratch.files();
  const std::string small = scratch.Path("small"), large = scratch.Path("large");
  PeakOf([&] { return Store(files, small, 1); });
  PeakOf([&] { return Store(files, large, 96); });
  for (const char* target : {"npz", "safetensors", "checkpoint"}) {
    const std::string out = scratch.Path("out");
    const long base = PeakOf([&] { return Export(files, small, target, out); });
    const long peak = PeakOf([&] { return Export(files, large, target, out); });
    INFO(target << ": " << base << " KiB, " << peak << " KiB");
    CHECK(peak - base < 20 << 10);
  }
#endif
}

}  // namespace
}  // namespace smcli
