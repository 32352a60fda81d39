// The scan behind `show`, and building a graph.
#include <benchmark/benchmark.h>

#include "bench/workloads.h"
#include "model/saved_model.h"

namespace smcli {
namespace {

// Many nodes of small constants: what counts is the number of fields.
SavedModel Model(const benchmark::State& state) {
  auto model = SavedModel::FromBytes(SharedBytes(GraphOfConstants(static_cast<int>(state.range(0)), 64)), "bench");
  return *std::move(model);
}

void Outline(benchmark::State& state) {
  const SavedModel model = Model(state);
  for (auto _ : state) benchmark::DoNotOptimize(model.meta_graphs()[0]->Outline());
  state.SetItemsProcessed(state.iterations() * state.range(0) * 3);
}
BENCHMARK(Outline)->Arg(1000)->Arg(80'000)->Unit(benchmark::kMillisecond);

void BuildWholeGraph(benchmark::State& state) {
  const SavedModel model = Model(state);
  for (auto _ : state) {
    std::vector<Error> problems;
    benchmark::DoNotOptimize(model.meta_graphs()[0]->GraphWithProblems(problems));
  }
  state.SetItemsProcessed(state.iterations() * state.range(0) * 3);
}
BENCHMARK(BuildWholeGraph)->Arg(1000)->Arg(80'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace smcli
