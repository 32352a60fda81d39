#include "ops/fourier_transform.h"

#include <bit>
#include <numbers>

namespace smcli {
namespace {

using Complex = FourierTransform::Complex;

Complex Root(double turns) { return std::polar(1.0, -2.0 * std::numbers::pi * turns); }

bool IsPowerOfTwo(int64_t n) { return std::has_single_bit(static_cast<uint64_t>(n)); }

}  // namespace

FourierTransform::FourierTransform(int64_t length) : length_(length), padded_(length) {
  if (length < 2) return;
  if (!IsPowerOfTwo(length)) padded_ = static_cast<int64_t>(std::bit_ceil(static_cast<uint64_t>(2 * length - 1)));
  roots_.resize(static_cast<size_t>(padded_ / 2));
  for (size_t k = 0; k < roots_.size(); ++k) roots_[k] = Root(static_cast<double>(k) / static_cast<double>(padded_));
  if (padded_ == length_) return;
  chirp_.resize(static_cast<size_t>(length));
  filter_.assign(static_cast<size_t>(padded_), Complex());
  for (int64_t k = 0; k < length; ++k) {
    // k^2 modulo 2n keeps the angle exact for long transforms.
    const auto square = static_cast<uint64_t>(k) * static_cast<uint64_t>(k) % static_cast<uint64_t>(2 * length);
    chirp_[static_cast<size_t>(k)] = Root(static_cast<double>(square) / static_cast<double>(2 * length));
    filter_[static_cast<size_t>(k)] = std::conj(chirp_[static_cast<size_t>(k)]);
    if (k > 0) filter_[static_cast<size_t>(padded_ - k)] = filter_[static_cast<size_t>(k)];
  }
  RunRadix2(filter_, roots_, false);
}

void FourierTransform::RunRadix2(std::span<Complex> values, const std::vector<Complex>& roots, bool inverse) {
  const size_t n = values.size();
  for (size_t i = 1, j = 0; i < n; ++i) {
    size_t bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) std::swap(values[i], values[j]);
  }
  for (size_t half = 1; half < n; half *= 2) {
    const size_t step = n / (2 * half);
    for (size_t start = 0; start < n; start += 2 * half) {
      for (size_t k = 0; k < half; ++k) {
        const Complex root = inverse ? std::conj(roots[k * step]) : roots[k * step];
        const Complex a = values[start + k], b = values[start + k + half];
        const Complex turned(b.real() * root.real() - b.imag() * root.imag(),
                             b.real() * root.imag() + b.imag() * root.real());
        values[start + k] = a + turned;
        values[start + k + half] = a - turned;
      }
    }
  }
}

void FourierTransform::Run(std::span<Complex> values, bool inverse, std::vector<Complex>& scratch) const {
  if (length_ < 2) return;
  if (padded_ == length_) {
    RunRadix2(values, roots_, inverse);
    return;
  }
  // The inverse is the conjugate of the transform of the conjugate.
  scratch.assign(static_cast<size_t>(padded_), Complex());
  for (size_t k = 0; k < values.size(); ++k) scratch[k] = (inverse ? std::conj(values[k]) : values[k]) * chirp_[k];
  RunRadix2(scratch, roots_, false);
  for (size_t k = 0; k < scratch.size(); ++k) scratch[k] *= filter_[k];
  RunRadix2(scratch, roots_, true);
  for (size_t k = 0; k < values.size(); ++k) {
    const Complex value = scratch[k] * chirp_[k] / static_cast<double>(padded_);
    values[k] = inverse ? std::conj(value) : value;
  }
}

}  // namespace smcli
