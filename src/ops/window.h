// Windows sliding over space: what convolutions and pools share. One SpatialAxis per dimension, padding resolved.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ops/node_info.h"
#include "tensor/tensor.h"

namespace smcli {

struct SpatialAxis {
  int64_t in = 1;
  int64_t kernel = 1;
  int64_t stride = 1;
  int64_t dilation = 1;
  int64_t pad_before = 0;
  int64_t out = 1;
};

// Depth, height, width; a 2-D op has depth 1.
using SpatialAxes = std::array<SpatialAxis, 3>;

// The attributes strides, dilations, padding, explicit_paddings and data_format of a convolution or pool over `dims` (2
// or 3) dimensions. Errors are those of a broken node.
struct WindowAttrs {
  int dims = 2;
  bool channels_first = false;
  std::string padding;  // SAME, VALID, EXPLICIT
  std::array<int64_t, 3> strides{1, 1, 1};
  std::array<int64_t, 3> dilations{1, 1, 1};
  std::array<int64_t, 3> ksize{1, 1, 1};  // pools only
  std::array<int64_t, 3> before{}, after{};
  int64_t channel_window = 1, channel_stride = 1;  // pools over channels

  // An op whose window is known only when it runs (MaxPoolV2) has no attribute strides; it calls SetWindow then.
  static Result<WindowAttrs> Make(const NodeInfo& node, int dims);
  Status SetWindow(const std::vector<int64_t>& sizes, const std::vector<int64_t>& steps);
  // The same from two tensors of a run. `ModelError`.
  Status SetWindowOf(const Tensor& ksize, const Tensor& strides);
  // So many zeros more at the images' borders: before and after each dimension. False, and nothing happens, where the
  // window cannot have them: other than spatial dimensions, padding SAME, negative or absurd numbers.
  bool AddPadding(std::span<const int64_t> pads);
  // A list attribute of dims + 2 numbers in the order of data_format; batch and channel go into the last two arguments.
  Status Spread(const std::vector<int64_t>& values, std::array<int64_t, 3>& spatial, int64_t* batch,
                int64_t* channel) const;

  // One axis; index 0 is depth. `ModelError` when the window does not fit.
  Result<SpatialAxis> Axis(int index, int64_t in, int64_t kernel) const;
  // The three axes for images of shape [batch, spatial..., channels].
  Result<SpatialAxes> Axes(const Shape& images, const std::array<int64_t, 3>& kernel) const;
  int first() const { return 3 - dims; }  // of the three axes: the first that the op has
};

// [n, c, s...] <-> [n, s..., c], copied. Plain dtypes.
Result<Tensor> ChannelsLast(const Tensor& images);
Result<Tensor> ChannelsFirst(const Tensor& images);

}  // namespace smcli
