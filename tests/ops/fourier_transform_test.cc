#include "ops/fourier_transform.h"

#include <cmath>
#include <complex>
#include <numbers>

#include "support/catch.h"

namespace smcli {
namespace {

using Complex = std::complex<double>;

// Numbers without a pattern, the same each time.
double Number(int64_t i) { return std::fmod(std::sin(static_cast<double>(i + 1)) * 1000, 1.0); }

Complex Sum(const std::vector<Complex>& line, int64_t k, double sign) {
  const auto n = static_cast<int64_t>(line.size());
  Complex sum;
  for (int64_t i = 0; i < n; ++i) {
    const double turns = static_cast<double>(i * k % n) / static_cast<double>(n);
    sum += line[static_cast<size_t>(i)] * std::polar(1.0, sign * 2 * std::numbers::pi * turns);
  }
  return sum;
}

void CheckComplex(int64_t length, int64_t lines, bool inverse) {
  const FourierTransform transform(length);
  std::vector<double> re, im, scratch;
  for (int64_t i = 0; i < length * lines; ++i) {
    re.push_back(Number(2 * i));
    im.push_back(Number(2 * i + 1));
  }
  std::vector<std::vector<Complex>> given(static_cast<size_t>(lines));
  for (size_t i = 0; i < re.size(); ++i) given[i % given.size()].emplace_back(re[i], im[i]);
  transform.Run(re.data(), im.data(), lines, inverse, scratch);
  double worst = 0;
  for (int64_t i = 0; i < length * lines; ++i) {
    const Complex wanted = Sum(given[static_cast<size_t>(i % lines)], i / lines, inverse ? 1 : -1);
    worst = std::max(worst, std::abs(wanted - Complex(re[static_cast<size_t>(i)], im[static_cast<size_t>(i)])));
  }
  INFO("length " << length << ", lines " << lines << ", inverse " << inverse);
  CHECK(worst < 1e-12 * static_cast<double>(length));
}

TEST_CASE("a transform of any length is the sum that defines it") {
  for (int64_t length = 1; length <= 66; ++length) CheckComplex(length, 3, length % 2 == 0);
  for (int64_t length : {121, 128, 169, 210, 251, 480, 512, 1009}) {
    CheckComplex(length, 1, false);
    CheckComplex(length, 8, true);
  }
}

void CheckReal(int64_t length, int64_t lines) {
  const RealFourierTransform transform(length);
  std::vector<double> re(static_cast<size_t>(transform.room() * lines)), im(re.size()), scratch;
  std::vector<std::vector<double>> given(static_cast<size_t>(lines)), back(given);
  std::vector<const double*> from;
  std::vector<double*> to;
  for (size_t l = 0; l < given.size(); ++l) {
    for (int64_t i = 0; i < length; ++i) given[l].push_back(Number(i * lines + static_cast<int64_t>(l)));
    back[l].resize(given[l].size());
    from.push_back(given[l].data());
    to.push_back(back[l].data());
  }
  transform.Load<double>(from, re.data(), im.data());
  transform.Forward(re.data(), im.data(), lines, scratch);
  double worst = 0;
  for (int64_t i = 0; i < transform.frequencies() * lines; ++i) {
    const auto& line = given[static_cast<size_t>(i % lines)];
    const Complex wanted = Sum({line.begin(), line.end()}, i / lines, -1);
    worst = std::max(worst, std::abs(wanted - Complex(re[static_cast<size_t>(i)], im[static_cast<size_t>(i)])));
  }
  // The imaginary parts of the first and (of even lengths) the last frequency mean nothing.
  im[0] = 5;
  if (length % 2 == 0) im[static_cast<size_t>(length / 2 * lines)] = 7;
  transform.Inverse(re.data(), im.data(), lines, scratch);
  transform.Store<double>(re.data(), im.data(), 1.0 / static_cast<double>(length), to);
  for (size_t l = 0; l < given.size(); ++l) {
    for (size_t i = 0; i < given[l].size(); ++i) worst = std::max(worst, std::abs(given[l][i] - back[l][i]));
  }
  INFO("length " << length << ", lines " << lines);
  CHECK(worst < 1e-12 * static_cast<double>(length));
}

TEST_CASE("real numbers go to half a spectrum and come back") {
  for (int64_t length = 1; length <= 66; ++length) CheckReal(length, 1 + length % 4);
  for (int64_t length : {100, 127, 254, 400, 512}) CheckReal(length, 8);
}

}  // namespace
}  // namespace smcli
