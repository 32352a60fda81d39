// Checksums against reading the same bytes.
#include <benchmark/benchmark.h>

#include <cstring>

#include "base/crc32c.h"
#include "base/sha256.h"

namespace smcli {
namespace {

std::string Bytes(const benchmark::State& state) { return std::string(static_cast<size_t>(state.range(0)), '\1'); }

void Read(benchmark::State& state) {
  const std::string bytes = Bytes(state);
  for (auto _ : state) {
    uint64_t sums[4] = {}, word;
    for (size_t at = 0; at + 32 <= bytes.size(); at += 32) {
      for (size_t i = 0; i < 4; ++i) {
        std::memcpy(&word, bytes.data() + at + i * 8, sizeof word);
        sums[i] += word;
      }
    }
    benchmark::DoNotOptimize(sums);
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(Read)->Arg(64 << 10)->Arg(256 << 20);

void Crc(benchmark::State& state) {
  const std::string bytes = Bytes(state);
  for (auto _ : state) benchmark::DoNotOptimize(Crc32c(bytes));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(Crc)->Arg(64)->Arg(64 << 10)->Arg(256 << 20);

void Sha(benchmark::State& state) {
  const std::string bytes = Bytes(state);
  for (auto _ : state) benchmark::DoNotOptimize(Sha256Hex(bytes));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(Sha)->Arg(64)->Arg(1 << 20);

}  // namespace
}  // namespace smcli
