#include "ops/fourier_transform.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>
#include <utility>

#include "loops/fourier.h"

namespace smcli {
namespace {

// Larger prime factors are left to Bluestein's algorithm.
constexpr int kLargestRadix = 13;

struct Turned {
  double re, im;
};
// exp(-2 pi i part / whole)
Turned Root(int64_t part, int64_t whole) {
  const double angle = -2.0 * std::numbers::pi * static_cast<double>(part) / static_cast<double>(whole);
  return {std::cos(angle), std::sin(angle)};
}

int NextRadix(int64_t n) {
  for (int radix : kFourierRadices) {
    if (n % radix == 0) return radix;
  }
  for (int radix = 7; radix <= kLargestRadix; radix += 2) {
    if (n % radix == 0) return radix;
  }
  return 0;
}

bool HasSmallFactors(int64_t n) {
  while (n > 1) {
    const int radix = NextRadix(n);
    if (radix == 0) return false;
    n /= radix;
  }
  return true;
}

}  // namespace

FourierTransform::FourierTransform(int64_t length) : length_(length) {
  if (length < 2) return;
  if (HasSmallFactors(length)) {
    for (int64_t n = length, stride = 1; n > 1;) {
      Pass pass{NextRadix(n), 0, stride, {}, {}};
      pass.groups = n / pass.radix;
      for (int64_t p = 0; p < pass.groups; ++p) {
        for (int k = 1; k < pass.radix; ++k) {
          const Turned root = Root(p * k, n);
          pass.twiddles.insert(pass.twiddles.end(), {root.re, root.im});
        }
      }
      for (int k = 0; k < pass.radix; ++k) {
        const Turned root = Root(k, pass.radix);
        pass.roots.insert(pass.roots.end(), {root.re, root.im});
      }
      n = pass.groups;
      stride *= pass.radix;
      passes_.push_back(std::move(pass));
    }
    return;
  }
  const auto padded = static_cast<int64_t>(std::bit_ceil(static_cast<uint64_t>(2 * length - 1)));
  padded_ = std::make_unique<FourierTransform>(padded);
  filter_re_.assign(static_cast<size_t>(padded), 0.0);
  filter_im_.assign(static_cast<size_t>(padded), 0.0);
  for (int64_t k = 0; k < length; ++k) {
    // k^2 modulo 2n keeps the angle exact for long transforms.
    const auto square = static_cast<uint64_t>(k) * static_cast<uint64_t>(k) % static_cast<uint64_t>(2 * length);
    const Turned root = Root(static_cast<int64_t>(square), 2 * length);
    chirp_re_.push_back(root.re);
    chirp_im_.push_back(root.im);
    for (int64_t at : {k, (padded - k) % padded}) {
      filter_re_[static_cast<size_t>(at)] = root.re;
      filter_im_[static_cast<size_t>(at)] = -root.im;
    }
  }
  std::vector<double> scratch;
  padded_->Run(filter_re_.data(), filter_im_.data(), 1, false, scratch);
}

void FourierTransform::RunPasses(double* re, double* im, int64_t lines, double* scratch) const {
  const int64_t size = length_ * lines;
  const FourierPassLoop run = CurrentFourierPass();
  double *from_re = re, *from_im = im, *to_re = scratch + 2 * kFourierStagger, *to_im = to_re + size + kFourierStagger;
  for (const Pass& pass : passes_) {
    run({pass.radix, pass.groups, pass.stride * lines, pass.twiddles.data(), pass.roots.data(), from_re, from_im, to_re,
         to_im});
    std::swap(from_re, to_re);
    std::swap(from_im, to_im);
  }
  if (from_re != re) {
    std::copy_n(from_re, size, re);
    std::copy_n(from_im, size, im);
  }
}

void FourierTransform::RunChirp(double* re, double* im, int64_t lines, std::vector<double>& scratch) const {
  const int64_t padded = padded_->length(), size = padded * lines;
  scratch.assign(static_cast<size_t>(4 * size + 3 * kFourierStagger), 0.0);
  double *work_re = scratch.data(), *work_im = work_re + size;
  const auto multiply = [lines](const double* a_re, const double* a_im, double b_re, double b_im, double* to_re,
                                double* to_im) {
    for (int64_t l = 0; l < lines; ++l) {
      const double x = a_re[l], y = a_im[l];
      to_re[l] = x * b_re - y * b_im;
      to_im[l] = x * b_im + y * b_re;
    }
  };
  for (int64_t k = 0; k < length_; ++k) {
    const auto at = static_cast<size_t>(k);
    const int64_t i = k * lines;
    multiply(re + i, im + i, chirp_re_[at], chirp_im_[at], work_re + i, work_im + i);
  }
  padded_->RunPasses(work_re, work_im, lines, work_re + 2 * size);
  const double scale = 1.0 / static_cast<double>(padded);
  for (int64_t k = 0; k < padded; ++k) {
    const auto at = static_cast<size_t>(k);
    const int64_t i = k * lines;
    multiply(work_re + i, work_im + i, filter_re_[at] * scale, filter_im_[at] * scale, work_re + i, work_im + i);
  }
  padded_->RunPasses(work_im, work_re, lines, work_re + 2 * size);  // parts swapped: the inverse
  for (int64_t k = 0; k < length_; ++k) {
    const auto at = static_cast<size_t>(k);
    const int64_t i = k * lines;
    multiply(work_re + i, work_im + i, chirp_re_[at], chirp_im_[at], re + i, im + i);
  }
}

void FourierTransform::Run(double* re, double* im, int64_t lines, bool inverse, std::vector<double>& scratch) const {
  if (length_ < 2 || lines == 0) return;
  // With the parts swapped before and after, a transform is the inverse one.
  if (inverse) std::swap(re, im);
  if (padded_) {
    RunChirp(re, im, lines, scratch);
    return;
  }
  scratch.resize(static_cast<size_t>(2 * length_ * lines + 3 * kFourierStagger));
  RunPasses(re, im, lines, scratch.data());
}

RealFourierTransform::RealFourierTransform(int64_t length)
    : length_(length), transform_(length % 2 == 0 ? length / 2 : length) {
  for (int64_t k = 0; packs() && k <= length / 4; ++k) {
    const Turned root = Root(k, length);
    root_re_.push_back(root.re);
    root_im_.push_back(root.im);
  }
}

void RealFourierTransform::Forward(double* re, double* im, int64_t lines, std::vector<double>& scratch) const {
  transform_.Run(re, im, lines, false, scratch);
  if (!packs()) return;
  // Z = E + iO, the spectra of the numbers at even and odd places; X[k] = E[k] + root[k] O[k].
  const int64_t half = length_ / 2;
  for (int64_t l = 0; l < lines; ++l) {
    const double even = re[l], odd = im[l];
    re[l] = even + odd;
    re[half * lines + l] = even - odd;
    im[l] = im[half * lines + l] = 0;
  }
  for (int64_t k = 1; k <= half / 2; ++k) {
    const double root_re = root_re_[static_cast<size_t>(k)], root_im = root_im_[static_cast<size_t>(k)];
    double *low_re = re + k * lines, *low_im = im + k * lines;
    double *high_re = re + (half - k) * lines, *high_im = im + (half - k) * lines;
    for (int64_t l = 0; l < lines; ++l) {
      const double even_re = 0.5 * (low_re[l] + high_re[l]), even_im = 0.5 * (low_im[l] - high_im[l]);
      const double odd_re = 0.5 * (low_im[l] + high_im[l]), odd_im = 0.5 * (high_re[l] - low_re[l]);
      const double turned_re = root_re * odd_re - root_im * odd_im, turned_im = root_re * odd_im + root_im * odd_re;
      low_re[l] = even_re + turned_re;
      low_im[l] = even_im + turned_im;
      high_re[l] = even_re - turned_re;
      high_im[l] = turned_im - even_im;
    }
  }
}

void RealFourierTransform::Inverse(double* re, double* im, int64_t lines, std::vector<double>& scratch) const {
  if (!packs()) {
    for (int64_t k = 1; k < frequencies(); ++k) {
      std::copy_n(re + k * lines, lines, re + (length_ - k) * lines);
      std::transform(im + k * lines, im + (k + 1) * lines, im + (length_ - k) * lines, std::negate<>());
    }
    transform_.Run(re, im, lines, true, scratch);
    return;
  }
  const int64_t half = length_ / 2;
  for (int64_t l = 0; l < lines; ++l) {
    const double first = re[l], last = re[half * lines + l];
    re[l] = first + last;
    im[l] = first - last;
  }
  for (int64_t k = 1; k <= half / 2; ++k) {
    const double root_re = root_re_[static_cast<size_t>(k)], root_im = root_im_[static_cast<size_t>(k)];
    double *low_re = re + k * lines, *low_im = im + k * lines;
    double *high_re = re + (half - k) * lines, *high_im = im + (half - k) * lines;
    for (int64_t l = 0; l < lines; ++l) {
      const double even_re = low_re[l] + high_re[l], even_im = low_im[l] - high_im[l];
      const double diff_re = low_re[l] - high_re[l], diff_im = low_im[l] + high_im[l];
      const double odd_re = root_re * diff_re + root_im * diff_im, odd_im = root_re * diff_im - root_im * diff_re;
      low_re[l] = even_re - odd_im;
      low_im[l] = even_im + odd_re;
      high_re[l] = even_re + odd_im;
      high_im[l] = odd_re - even_im;
    }
  }
  transform_.Run(re, im, lines, true, scratch);
}

}  // namespace smcli
