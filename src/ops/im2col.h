// The patches of an image as rows of a matrix: what turns a convolution into a matrix product, and back.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "ops/window.h"

namespace smcli {

// One image, [depth, height, width, channels], of which `group` consecutive channels take part.
struct PatchSource {
  SpatialAxes axes;
  int64_t channels = 1;
  int64_t group = 1;

  int64_t patch_size() const { return axes[0].kernel * axes[1].kernel * axes[2].kernel * group; }
  int64_t num_patches() const { return axes[0].out * axes[1].out * axes[2].out; }
  int64_t image_size() const { return axes[0].in * axes[1].in * axes[2].in * channels; }
  // Is every patch one pixel, and every pixel a patch? Then the image is the matrix.
  bool is_matrix() const {
    return group == channels && std::ranges::all_of(axes, [](const SpatialAxis& a) {
             return a.kernel == 1 && a.stride == 1 && a.in == a.out && a.pad_before == 0;
           });
  }

  // Calls f(pixel, place) for the patch of output position `index`: `pixel` is the offset of the first channel in the
  // image, or -1 in the padding; `place` the offset in the row.
  template <typename F>
  void Walk(int64_t index, F&& f) const {
    const int64_t x0 = index % axes[2].out * axes[2].stride - axes[2].pad_before;
    const int64_t y0 = index / axes[2].out % axes[1].out * axes[1].stride - axes[1].pad_before;
    const int64_t d0 = index / axes[2].out / axes[1].out * axes[0].stride - axes[0].pad_before;
    int64_t place = 0;
    for (int64_t kd = 0; kd < axes[0].kernel; ++kd) {
      const int64_t d = d0 + kd * axes[0].dilation;
      for (int64_t ky = 0; ky < axes[1].kernel; ++ky) {
        const int64_t y = y0 + ky * axes[1].dilation;
        const bool inside = d >= 0 && d < axes[0].in && y >= 0 && y < axes[1].in;
        for (int64_t kx = 0; kx < axes[2].kernel; ++kx, place += group) {
          const int64_t x = x0 + kx * axes[2].dilation;
          const bool here = inside && x >= 0 && x < axes[2].in;
          f(here ? ((d * axes[1].in + y) * axes[2].in + x) * channels : int64_t{-1}, place);
        }
      }
    }
  }

  // Patches [begin, end) as rows; the padding is zero. `image` points at the group's first channel.
  template <typename T>
  void Gather(const T* image, int64_t begin, int64_t end, T* rows) const {
    const auto bytes = static_cast<size_t>(group) * sizeof(T);
    for (int64_t i = begin; i < end; ++i, rows += patch_size()) {
      Walk(i, [&](int64_t pixel, int64_t place) {
        if (pixel < 0) {
          std::memset(rows + place, 0, bytes);
        } else {
          std::memcpy(rows + place, image + pixel, bytes);
        }
      });
    }
  }

  // The other way: adds rows into the image.
  template <typename T>
  void ScatterAdd(const T* rows, int64_t begin, int64_t end, T* image) const {
    for (int64_t i = begin; i < end; ++i, rows += patch_size()) {
      Walk(i, [&](int64_t pixel, int64_t place) {
        if (pixel < 0) return;
        for (int64_t c = 0; c < group; ++c) image[pixel + c] += rows[place + c];
      });
    }
  }
};

}  // namespace smcli
