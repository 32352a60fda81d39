// What every per-CPU file of loops/ begins with: Eigen under this level's own name, and the namespace of the level.
// The build defines SMCLI_ISA (x86_64, x86_64_v3, ...) and renames Eigen to Eigen_<level>, so that no symbol of one
// level can stand in for another's (tools/check_isa_symbols.sh).
#pragma once

#include <cstdint>

#ifndef SMCLI_ISA
#error "src/loops/*.cc is compiled once per CPU level, with SMCLI_ISA set (src/loops/CMakeLists.txt)"
#endif

#define SMCLI_LOOPS_BEGIN  \
  namespace smcli::loops { \
  namespace SMCLI_ISA {
#define SMCLI_LOOPS_END \
  }                     \
  }  // namespace smcli::loops::SMCLI_ISA
