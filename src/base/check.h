// SMCLI_CHECK guards invariants of our own code. No input may reach it; the fuzzers prove that.
#pragma once

#include <cstdio>
#include <cstdlib>

#define SMCLI_CHECK(condition)                                                                      \
  do {                                                                                              \
    if (!(condition)) [[unlikely]] {                                                                \
      std::fprintf(stderr, "smcli: internal error at %s:%d: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                                 \
    }                                                                                               \
  } while (false)
