#include "ops/image_sampling.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>

namespace smcli {
namespace {

constexpr int kTableSize = 1024;

int64_t Inside(int64_t index, int64_t size) { return std::clamp<int64_t>(index, 0, size - 1); }

// Weights of the two nearer pixels (even entries) and the two farther ones (odd), for `step` of 1024 between two
// pixels.
class CubicTable {
 public:
  explicit CubicTable(double a) {
    for (int i = 0; i <= kTableSize; ++i) {
      double x = static_cast<double>(i) / kTableSize;
      near_[static_cast<size_t>(i)] = static_cast<float>(((a + 2) * x - (a + 3)) * x * x + 1);
      x += 1.0;
      far_[static_cast<size_t>(i)] = static_cast<float>(((a * x - 5 * a) * x + 8 * a) * x - 4 * a);
    }
  }
  std::array<float, 4> Weights(int step) const {
    const auto i = static_cast<size_t>(step), mirrored = static_cast<size_t>(kTableSize - step);
    return {far_[i], near_[i], near_[mirrored], far_[mirrored]};
  }

 private:
  std::array<float, kTableSize + 1> near_{}, far_{};
};

float Lanczos(float x, float radius) {
  constexpr float kPi = std::numbers::pi_v<float>;
  if (x > radius) return 0;
  if (x <= 1e-3f) return 1;
  return radius * std::sin(kPi * x) * std::sin(kPi * x / radius) / (kPi * kPi * x * x);
}
float Lanczos1(float x) { return Lanczos(x, 1); }
float Lanczos3(float x) { return Lanczos(x, 3); }
float Lanczos5(float x) { return Lanczos(x, 5); }
float Gaussian(float x) { return x >= 1.5f ? 0 : std::exp(-x * x / (2 * 0.5f * 0.5f)); }  // sigma = radius / 3
float Box(float x) { return x < 0.5f ? 1.0f : x == 0.5f ? 0.5f : 0.0f; }
float Triangle(float x) { return x < 1.0f ? 1.0f - x : 0.0f; }
float KeysCubic(float x) {
  if (x >= 2.0f) return 0;
  if (x >= 1.0f) return ((-0.5f * x + 2.5f) * x - 4.0f) * x + 2.0f;
  return ((1.5f * x - 2.5f) * x) * x + 1.0f;
}
float MitchellCubic(float x) {
  if (x >= 2.0f) return 0;
  if (x >= 1.0f) return (((-7.0f / 18.0f) * x + 2.0f) * x - 10.0f / 3.0f) * x + 16.0f / 9.0f;
  return (((7.0f / 6.0f) * x - 2.0f) * x) * x + 8.0f / 9.0f;
}

constexpr SamplingKernel kKernels[] = {
    {"lanczos1", 1, Lanczos1},
    {"lanczos3", 3, Lanczos3},
    {"lanczos5", 5, Lanczos5},
    {"gaussian", 1.5f, Gaussian},
    {"box", 1, Box},
    {"triangle", 1, Triangle},
    {"keyscubic", 2, KeysCubic},
    {"mitchellcubic", 2, MitchellCubic},
};

bool Normalise(std::vector<std::pair<int64_t, float>>& pixel) {
  float sum = 0;
  for (const auto& [index, weight] : pixel) sum += weight;
  if (std::abs(sum) < 1000.0f * std::numeric_limits<float>::min()) return false;
  for (auto& [index, weight] : pixel) weight *= 1.0f / sum;
  return true;
}

}  // namespace

float PixelGrid::Scale(int64_t in, int64_t out) const {
  return align_corners && out > 1 ? static_cast<float>(in - 1) / static_cast<float>(out - 1)
                                  : static_cast<float>(in) / static_cast<float>(out);
}

float PixelGrid::Locate(int64_t out, float scale) const {
  const auto at = static_cast<float>(out);
  return half_pixel_centers ? (at + 0.5f) * scale - 0.5f : at * scale;
}

void AxisSampling::Add(std::vector<std::pair<int64_t, float>> pixel) {
  pixel.resize(static_cast<size_t>(taps), {0, 0.0f});
  for (const auto& [index, weight] : pixel) {
    indices.push_back(index);
    weights.push_back(weight);
  }
}

AxisSampling SampleBilinear(int64_t in, int64_t out, const PixelGrid& grid) {
  AxisSampling sampling{2, {}, {}};
  const float scale = grid.Scale(in, out);
  for (int64_t i = 0; i < out; ++i) {
    const float at = grid.Locate(i, scale), below = std::floor(at);
    const float fraction = at - below;
    const int64_t lower = std::max<int64_t>(static_cast<int64_t>(below), 0);
    const int64_t upper = std::min<int64_t>(static_cast<int64_t>(std::ceil(at)), in - 1);
    sampling.Add({{Inside(lower, in), 1.0f - fraction}, {Inside(upper, in), fraction}});
  }
  return sampling;
}

AxisSampling SampleBicubic(int64_t in, int64_t out, const PixelGrid& grid) {
  static const CubicTable kLegacy(-0.75), kKeys(-0.5);
  AxisSampling sampling{4, {}, {}};
  const float scale = grid.Scale(in, out);
  for (int64_t i = 0; i < out; ++i) {
    const float at = grid.Locate(i, scale);
    const auto whole = static_cast<int64_t>(std::floor(at));
    const auto step = static_cast<int>(std::lrintf((at - static_cast<float>(whole)) * kTableSize));
    const auto weights = (grid.half_pixel_centers ? kKeys : kLegacy).Weights(step);
    std::vector<std::pair<int64_t, float>> pixel;
    for (int64_t k = 0; k < 4; ++k) {
      const int64_t wanted = whole - 1 + k, index = Inside(wanted, in);
      // Keys' cubic gives pixels beyond the edge no weight; the legacy one repeats the edge.
      const bool outside = grid.half_pixel_centers && index != wanted;
      pixel.emplace_back(index, outside ? 0.0f : weights[static_cast<size_t>(k)]);
    }
    if (grid.half_pixel_centers) Normalise(pixel);
    sampling.Add(std::move(pixel));
  }
  return sampling;
}

AxisSampling SampleArea(int64_t in, int64_t out, const PixelGrid& grid) {
  const float scale = grid.Scale(in, out);
  AxisSampling sampling{static_cast<int64_t>(std::ceil(scale)) + 2, {}, {}};
  for (int64_t i = 0; i < out; ++i) {
    const float begin = static_cast<float>(i) * scale, end = static_cast<float>(i + 1) * scale;
    std::vector<std::pair<int64_t, float>> pixel;
    for (auto k = static_cast<int64_t>(std::floor(begin)); k < static_cast<int64_t>(std::ceil(end)); ++k) {
      const auto at = static_cast<float>(k);
      const float covered = at < begin ? (at + 1 > end ? scale : at + 1 - begin) : (at + 1 > end ? end - at : 1.0f);
      pixel.emplace_back(Inside(k, in), covered / scale);
    }
    if (pixel.empty()) pixel.emplace_back(Inside(static_cast<int64_t>(begin), in), 1.0f);  // one pixel, corners aligned
    sampling.Add(std::move(pixel));
  }
  return sampling;
}

const SamplingKernel* FindSamplingKernel(std::string_view name) {
  const auto at = std::ranges::find(kKernels, name, &SamplingKernel::name);
  return at == std::end(kKernels) ? nullptr : at;
}

AxisSampling SampleScaled(int64_t in, int64_t out, float scale, float translation, const SamplingKernel& kernel,
                          bool antialias) {
  const float inverse = 1.0f / scale, shift = -inverse * translation;
  const float stretch = antialias ? std::max(inverse, 1.0f) : 1.0f;
  const float reach = std::min(kernel.radius * stretch, static_cast<float>(in) + 1.0f);
  AxisSampling sampling{std::min<int64_t>(2 * static_cast<int64_t>(std::ceil(reach)) + 1, in), {}, {}};
  for (int64_t i = 0; i < out; ++i) {
    const float at = (static_cast<float>(i) + 0.5f) * inverse + shift;
    std::vector<std::pair<int64_t, float>> pixel;
    if (at >= 0 && at <= static_cast<float>(in)) {
      const int64_t first = Inside(static_cast<int64_t>(std::ceil(at - reach - 0.5f)), in);
      const int64_t last = Inside(static_cast<int64_t>(std::floor(at + reach - 0.5f)), in);
      for (int64_t k = first; k <= last; ++k) {
        const float distance = std::abs(static_cast<float>(k) + 0.5f - at) / stretch;
        pixel.emplace_back(k, kernel.weight(distance));
      }
      Normalise(pixel);
    }
    sampling.Add(std::move(pixel));
  }
  return sampling;
}

std::vector<int64_t> SampleNearest(int64_t in, int64_t out, const PixelGrid& grid) {
  std::vector<int64_t> indices;
  const float scale = grid.Scale(in, out);
  for (int64_t i = 0; i < out; ++i) {
    const float at = grid.half_pixel_centers ? (static_cast<float>(i) + 0.5f) * scale : static_cast<float>(i) * scale;
    const float whole = grid.align_corners ? std::roundf(at) : std::floor(at);
    indices.push_back(std::clamp<int64_t>(static_cast<int64_t>(whole), 0, in - 1));
  }
  return indices;
}

}  // namespace smcli
