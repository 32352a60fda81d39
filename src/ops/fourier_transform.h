// Discrete Fourier transforms of one length, planned once: in double, whatever the tensor's precision, and several
// lines side by side. Number k of line l is at [k * lines + l], real and imaginary parts apart.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

namespace smcli {

// Doubles between arrays of a transform: without them, arrays whose size is a power of two compete for the same places
// of the cache.
inline constexpr int64_t kFourierStagger = 40;

// Stockham's passes of radix 8, 4, 2, 3, 5 and other small primes; Bluestein's algorithm (chirp-z over a power of two)
// for lengths with large prime factors.
class FourierTransform {
 public:
  explicit FourierTransform(int64_t length);

  int64_t length() const { return length_; }
  // In place, unnormalised. Inverse: exponent +i. `scratch` is resized and reused.
  void Run(double* re, double* im, int64_t lines, bool inverse, std::vector<double>& scratch) const;

 private:
  struct Pass {
    int radix;
    int64_t groups, stride;
    std::vector<double> twiddles, roots;
  };
  void RunPasses(double* re, double* im, int64_t lines, double* scratch) const;
  void RunChirp(double* re, double* im, int64_t lines, std::vector<double>& scratch) const;

  int64_t length_;
  std::vector<Pass> passes_;
  std::unique_ptr<const FourierTransform> padded_;  // for Bluestein's algorithm, with
  std::vector<double> chirp_re_, chirp_im_;         // exp(-pi i k^2 / length_), and
  std::vector<double> filter_re_, filter_im_;       // the transform of its conjugate, wrapped, over the padded length
};

// Between `length` real numbers and their non-negative frequencies, length / 2 + 1. Real numbers of even length go
// through a transform of half the length, as real and imaginary parts in turn.
class RealFourierTransform {
 public:
  explicit RealFourierTransform(int64_t length);

  int64_t length() const { return length_; }
  int64_t frequencies() const { return length_ / 2 + 1; }
  // Complex numbers per line that the caller has room for.
  int64_t room() const { return packs() ? frequencies() : length_; }

  // Rows of real numbers, as lines, to where Forward() wants them, and (times `scale`) from where Inverse() leaves
  // them.
  template <typename T>
  void Load(std::span<const T* const> rows, double* re, double* im) const {
    const int64_t lines = std::ssize(rows);
    for (int64_t k = 0; k < (packs() ? length_ / 2 : length_); ++k, re += lines, im += lines) {
      for (size_t l = 0; l < rows.size(); ++l) {
        re[l] = static_cast<double>(packs() ? rows[l][2 * k] : rows[l][k]);
        im[l] = packs() ? static_cast<double>(rows[l][2 * k + 1]) : 0;
      }
    }
  }
  template <typename T>
  void Store(const double* re, const double* im, double scale, std::span<T* const> rows) const {
    const int64_t lines = std::ssize(rows);
    for (int64_t k = 0; k < (packs() ? length_ / 2 : length_); ++k, re += lines, im += lines) {
      for (size_t l = 0; l < rows.size(); ++l) {
        if (packs()) {
          rows[l][2 * k] = static_cast<T>(re[l] * scale);
          rows[l][2 * k + 1] = static_cast<T>(im[l] * scale);
        } else {
          rows[l][k] = static_cast<T>(re[l] * scale);
        }
      }
    }
  }
  // In place, unnormalised.
  void Forward(double* re, double* im, int64_t lines, std::vector<double>& scratch) const;
  void Inverse(double* re, double* im, int64_t lines, std::vector<double>& scratch) const;

 private:
  bool packs() const { return length_ % 2 == 0; }

  int64_t length_;
  FourierTransform transform_;
  std::vector<double> root_re_, root_im_;  // exp(-2 pi i k / length_), k <= length_ / 4
};

// The plans that a kernel has made, most recent first. T: FourierTransform or RealFourierTransform.
template <typename T>
class FourierPlans {
 public:
  std::shared_ptr<const T> Of(int64_t length) const {
    std::lock_guard lock(mutex_);
    for (const auto& plan : plans_) {
      if (plan->length() == length) return plan;
    }
    if (plans_.size() == kMost) plans_.pop_back();
    return *plans_.insert(plans_.begin(), std::make_shared<const T>(length));
  }

 private:
  static constexpr size_t kMost = 4;
  mutable std::mutex mutex_;
  mutable std::vector<std::shared_ptr<const T>> plans_;
};

}  // namespace smcli
