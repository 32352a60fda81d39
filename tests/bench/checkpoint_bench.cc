// Opening a checkpoint, which lists its variables, and reading one whole.
#include <benchmark/benchmark.h>

#include "bench/workloads.h"
#include "checkpoint/bundle_reader.h"
#include "support/fake_file_system.h"

namespace smcli {
namespace {

void ListVariables(benchmark::State& state) {
  FakeFileSystem files;
  if (!WriteVariables(files, "variables", static_cast<int>(state.range(0)), 4).ok()) return;
  for (auto _ : state) benchmark::DoNotOptimize(BundleReader::Open(files, "variables"));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(ListVariables)->Arg(100)->Arg(20'000)->Unit(benchmark::kMillisecond);

void ReadVerified(benchmark::State& state) {
  FakeFileSystem files;
  if (!WriteVariables(files, "variables", 1, state.range(0) / 4).ok()) return;
  const auto reader = BundleReader::Open(files, "variables");
  for (auto _ : state) benchmark::DoNotOptimize((*reader)->Read((*reader)->entries()[0]));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(ReadVerified)->Arg(64 << 10)->Arg(64 << 20);

}  // namespace
}  // namespace smcli
