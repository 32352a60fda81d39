// The windows of a pool over one image, for what walks them one at a time.
#pragma once

#include <algorithm>

#include "ops/window.h"

namespace smcli {

// Calls f(offset of a pixel in its image) for the pixels of the image that the window at output position `index`
// covers.
template <typename F>
void ForWindow(const SpatialAxes& axes, int64_t index, F&& f) {
  std::array<int64_t, 3> begin, end;
  int64_t rest = index;
  for (int i = 2; i >= 0; --i) {
    const SpatialAxis& axis = axes[static_cast<size_t>(i)];
    const int64_t first = rest % axis.out * axis.stride - axis.pad_before;
    rest /= axis.out;
    begin[static_cast<size_t>(i)] = std::max<int64_t>(first, 0);
    end[static_cast<size_t>(i)] = std::min(first + axis.kernel, axis.in);
  }
  for (int64_t d = begin[0]; d < end[0]; ++d) {
    for (int64_t y = begin[1]; y < end[1]; ++y) {
      for (int64_t x = begin[2]; x < end[2]; ++x) f((d * axes[1].in + y) * axes[2].in + x);
    }
  }
}

inline int64_t Positions(const SpatialAxes& axes) { return axes[0].out * axes[1].out * axes[2].out; }
inline int64_t Pixels(const SpatialAxes& axes) { return axes[0].in * axes[1].in * axes[2].in; }

// The first pixel with the largest value of one channel, or -1.
template <typename T>
int64_t ArgMaxOf(const SpatialAxes& axes, int64_t index, const T* image, int64_t channels) {
  int64_t best = -1;
  ForWindow(axes, index, [&](int64_t pixel) {
    if (best < 0 || image[pixel * channels] > image[best * channels]) best = pixel;
  });
  return best;
}

}  // namespace smcli
