// DenormalsAreZero: as long as it lives, this thread reads and writes denormal floats as zero, which TensorFlow does in
// its kernels (core/platform/denormal.h; docs/design/numerics.md).
#pragma once

#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace smcli {

class DenormalsAreZero {
 public:
#if defined(__SSE2__)
  DenormalsAreZero() : saved_(_mm_getcsr()) { _mm_setcsr(saved_ | 0x8040u); }  // FTZ and DAZ
  ~DenormalsAreZero() { _mm_setcsr(saved_); }

 private:
  unsigned saved_;
#else
  DenormalsAreZero() = default;
#endif
 public:
  DenormalsAreZero(const DenormalsAreZero&) = delete;
  DenormalsAreZero& operator=(const DenormalsAreZero&) = delete;
};

}  // namespace smcli
