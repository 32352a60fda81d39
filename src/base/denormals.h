// DenormalsAreZero: as long as it lives, this thread reads and writes denormal floats as zero, which TensorFlow does in
// its kernels (core/platform/denormal.h; docs/design/numerics.md). DenormalsAreNumbers: the opposite, for work on a
// pool that is none of a kernel's.
#pragma once

#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace smcli {

class DenormalMode {
 public:
  DenormalMode(const DenormalMode&) = delete;
  DenormalMode& operator=(const DenormalMode&) = delete;

#if defined(__SSE2__)
 protected:
  explicit DenormalMode(bool zero) : saved_(_mm_getcsr()) { _mm_setcsr(zero ? saved_ | kBits : saved_ & ~kBits); }
  ~DenormalMode() { _mm_setcsr(saved_); }

 private:
  static constexpr unsigned kBits = 0x8040;  // FTZ and DAZ
  unsigned saved_;
#else
 protected:
  explicit DenormalMode(bool) {}
  ~DenormalMode() = default;
#endif
};

class DenormalsAreZero : public DenormalMode {
 public:
  DenormalsAreZero() : DenormalMode(true) {}
};

class DenormalsAreNumbers : public DenormalMode {
 public:
  DenormalsAreNumbers() : DenormalMode(false) {}
};

}  // namespace smcli
