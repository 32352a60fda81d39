// One pass of a discrete Fourier transform, by the best code that this CPU runs.
#pragma once

#include <cstdint>

namespace smcli {

// The radices that have code of their own; another one is worked out term by term.
inline constexpr int kFourierRadices[] = {8, 4, 2, 3, 5};

// A pass of Stockham's algorithm (decimation in frequency) over complex numbers, real and imaginary parts apart. For
// p < groups, q < run: the `radix` numbers x[(p + j * groups) * run + q], j < radix, are transformed, answer k is
// multiplied by twiddle (p, k) and becomes y[(p * radix + k) * run + q]. x and y do not overlap.
struct FourierPass {
  int radix;
  int64_t groups;
  int64_t run;
  const double* twiddles;  // [groups][radix - 1][2]: those of answer 0 are all 1
  const double* roots;     // [radix][2]: exp(-2 pi i k / radix), for a radix without code of its own
  const double* x_re;
  const double* x_im;
  double* y_re;
  double* y_im;
};
using FourierPassLoop = void (*)(const FourierPass& pass);

// The pass of the CPU level that CurrentLoops() is of.
FourierPassLoop CurrentFourierPass();

}  // namespace smcli
