// FourierTransform: the discrete Fourier transform of one length, planned once. Radix 2 where the length is a power of
// two, else Bluestein's algorithm (chirp-z over a power of two). In double, whatever the tensor's precision.
#pragma once

#include <complex>
#include <cstdint>
#include <span>
#include <vector>

namespace smcli {

class FourierTransform {
 public:
  using Complex = std::complex<double>;

  explicit FourierTransform(int64_t length);

  int64_t length() const { return length_; }
  // In place, unnormalised; values.size() == length(). Inverse: exponent +i. `scratch` is resized and reused.
  void Run(std::span<Complex> values, bool inverse, std::vector<Complex>& scratch) const;

 private:
  // Over a power of two, decimation in time.
  static void RunRadix2(std::span<Complex> values, const std::vector<Complex>& roots, bool inverse);

  int64_t length_;
  int64_t padded_;               // length_ itself when that is a power of two
  std::vector<Complex> roots_;   // exp(-2 pi i k / padded_), k < padded_ / 2
  std::vector<Complex> chirp_;   // exp(-pi i k^2 / length_)
  std::vector<Complex> filter_;  // transform of the conjugate chirp, wrapped
};

}  // namespace smcli
