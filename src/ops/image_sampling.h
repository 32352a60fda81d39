// Sampling of one image axis: which input pixels an output pixel is made of, and with which weights. Every resize that
// interpolates is two of these, one per axis.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace smcli {

// How output coordinates lie over input coordinates (attributes align_corners and half_pixel_centers).
struct PixelGrid {
  bool align_corners = false;
  bool half_pixel_centers = false;

  // Input pixels per output pixel (TensorFlow: core/util/image_resizer_state.h, CalculateResizeScale).
  float Scale(int64_t in, int64_t out) const;
  // The input coordinate of an output pixel.
  float Locate(int64_t out, float scale) const;
};

struct AxisSampling {
  int64_t taps = 0;              // per output pixel
  std::vector<int64_t> indices;  // [out][taps], all inside the image
  std::vector<float> weights;    // [out][taps]

  void Add(std::vector<std::pair<int64_t, float>> pixel);  // padded with weight 0 to `taps`
};

AxisSampling SampleBilinear(int64_t in, int64_t out, const PixelGrid& grid);
// Tables of 1024 steps as in kernels/image/resize_bicubic_op.cc; Keys' cubic with half_pixel_centers.
AxisSampling SampleBicubic(int64_t in, int64_t out, const PixelGrid& grid);
// Each output pixel is the mean of the area that it covers.
AxisSampling SampleArea(int64_t in, int64_t out, const PixelGrid& grid);

// A kernel of ScaleAndTranslate (core/util/../kernels/image/sampling_kernels.h).
struct SamplingKernel {
  std::string_view name;
  float radius;
  float (*weight)(float distance);
};
const SamplingKernel* FindSamplingKernel(std::string_view name);
AxisSampling SampleScaled(int64_t in, int64_t out, float scale, float translation, const SamplingKernel& kernel,
                          bool antialias);

// Where output row (column) i of a crop lies in the image, of `size` rows.
struct CropAxis {
  CropAxis(float first, float last, int64_t image, int64_t crop)
      : size(image),
        start(crop > 1 ? first * static_cast<float>(image - 1)
                       : static_cast<float>(0.5 * (first + last) * static_cast<double>(image - 1))),
        step(crop > 1 ? (last - first) * static_cast<float>(image - 1) / static_cast<float>(crop - 1) : 0) {}
  float At(int64_t i) const { return start + static_cast<float>(i) * step; }
  bool Inside(float place) const { return place >= 0 && place <= static_cast<float>(size - 1); }

  int64_t size;
  float start, step;
};

// The input pixel that each output pixel of ResizeNearestNeighbor is.
std::vector<int64_t> SampleNearest(int64_t in, int64_t out, const PixelGrid& grid);

}  // namespace smcli
