// Which table this CPU runs.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iterator>

#include "loops/fourier.h"
#include "loops/loops.h"

namespace smcli {
namespace loops {
#define ISA(name, ...)                       \
  namespace name {                           \
  extern const Loops kLoops;                 \
  extern const FourierPassLoop kFourierPass; \
  }
SMCLI_ISA_LIST
#undef ISA
}  // namespace loops

namespace {

// Features by name: not every compiler takes the name of a level. The checks include the operating system's support.
[[maybe_unused]] bool Runs(const char* isa) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
                  __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt");
  if (std::strcmp(isa, "x86_64_v3") == 0) return v3;
  if (std::strcmp(isa, "x86_64_v4") == 0) {
    return v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl");
  }
#endif
  return true;
}

constexpr const Loops* kBuilt[] = {
#define ISA(name, ...) &loops::name::kLoops,
    SMCLI_ISA_LIST
#undef ISA
};
// In the same order.
constexpr const FourierPassLoop* kFourierPasses[] = {
#define ISA(name, ...) &loops::name::kFourierPass,
    SMCLI_ISA_LIST
#undef ISA
};
constexpr int kNumBuilt = static_cast<int>(sizeof(kBuilt) / sizeof(kBuilt[0]));

int NumRunnable() {
  int count = 1;  // the program was built for the lowest
  while (count < kNumBuilt && Runs(kBuilt[count]->isa)) ++count;
  return count;
}

const Loops* Choose() {
  const IsaList isas = AllIsas();
  if (const char* wanted = std::getenv("SMCLI_ISA")) {
    for (int i = 0; i < isas.count; ++i) {
      if (std::strcmp(isas.tables[i]->isa, wanted) == 0) return isas.tables[i];
    }
  }
  return isas.tables[isas.count - 1];
}

}  // namespace

IsaList AllIsas() {
  static const int count = NumRunnable();
  return {kBuilt, count};
}

const Loops& CurrentLoops() {
  static const Loops* const chosen = Choose();
  return *chosen;
}

FourierPassLoop CurrentFourierPass() {
  const Loops* const current = &CurrentLoops();
  const auto* const at = std::find(std::begin(kBuilt), std::end(kBuilt), current);
  return *kFourierPasses[at - std::begin(kBuilt)];
}

}  // namespace smcli
