// Depthwise convolutions: each channel has a filter of its own, so the channels lie on the lanes and the sums of a few
// registers' worth of them stay in registers while the taps of the filter pass by.
#include "loops/tables.h"
#include "loops/vec.h"

SMCLI_LOOPS_BEGIN
namespace {

// Channels [at, at + kVectors * lanes).
template <typename T, int kVectors>
void SumTaps(const T* const* pixels, const T* const* weights, int64_t taps, bool first, int64_t at, T* out) {
  constexpr int kLanes = Vec<T>::kLanes;
  Vec<T> sum[kVectors];
  for (int v = 0; v < kVectors; ++v) sum[v] = first ? Vec<T>(T(0)) : Vec<T>::Load(out + at + v * kLanes);
  for (int64_t t = 0; t < taps; ++t) {
    for (int v = 0; v < kVectors; ++v) {
      const int64_t c = at + v * kLanes;
      sum[v] = Madd(Vec<T>::Load(pixels[t] + c), Vec<T>::Load(weights[t] + c), sum[v]);
    }
  }
  for (int v = 0; v < kVectors; ++v) sum[v].Store(out + at + v * kLanes);
}

template <typename T>
void Depthwise(const T* const* pixels, const T* const* weights, int64_t taps, bool first, int64_t channels, T* out) {
  constexpr int kLanes = Vec<T>::kLanes;
  int64_t at = 0;
  for (; at + 4 * kLanes <= channels; at += 4 * kLanes) SumTaps<T, 4>(pixels, weights, taps, first, at, out);
  for (; at + kLanes <= channels; at += kLanes) SumTaps<T, 1>(pixels, weights, taps, first, at, out);
  for (; at < channels; ++at) {
    T sum = first ? T(0) : out[at];
    for (int64_t t = 0; t < taps; ++t) sum += pixels[t][at] * weights[t][at];
    out[at] = sum;
  }
}

}  // namespace

constinit const DepthwiseLoops kDepthwise = {Depthwise<float>, Depthwise<double>};

SMCLI_LOOPS_END
