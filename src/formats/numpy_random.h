// NumPy's legacy random numbers, bit for bit: what np.random.seed(n) and the functions of np.random give.
#pragma once

#include <array>
#include <cstdint>

namespace smcli {

// MT19937 with RandomState's ways of drawing from it.
class NumpyRandom {
 public:
  explicit NumpyRandom(uint32_t seed) { Seed(seed); }
  void Seed(uint32_t seed);

  uint32_t NextWord();
  double NextDouble();    // uniform in [0, 1), 53 bits
  double NextGaussian();  // standard normal, polar method
  // Uniform in [0, range], both included, by masking and rejection.
  uint64_t NextBounded(uint64_t range);

 private:
  static constexpr int kWords = 624;
  void Refill();

  std::array<uint32_t, kWords> state_{};
  int at_ = kWords;
  bool has_gaussian_ = false;
  double gaussian_ = 0;
};

}  // namespace smcli
