#include "ops/window.h"

#include "ops/int_args.h"

namespace smcli {
namespace {

// Swaps the two inner dimensions of [n, a, b].
template <typename T>
void SwapInner(const T* from, T* to, int64_t n, int64_t a, int64_t b) {
  for (int64_t i = 0; i < n; ++i, from += a * b, to += a * b) {
    for (int64_t x = 0; x < a; ++x) {
      for (int64_t y = 0; y < b; ++y) to[y * a + x] = from[x * b + y];
    }
  }
}

Result<Tensor> Swapped(const Tensor& images, const std::vector<int64_t>& dims, int64_t a, int64_t b) {
  SMCLI_ASSIGN_OR_RETURN(Tensor out, Tensor::Make(images.dtype(), Shape(dims)));
  DispatchBySize(images.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    SwapInner(images.data<T>(), out.mutable_data<T>(), images.dim(0), a, b);
  });
  return out;
}

// No image is that large with them; sums of a few do not overflow.
constexpr int64_t kLargestPad = int64_t{1} << 40;

Status ReadExplicit(const NodeInfo& node, WindowAttrs& window) {
  SMCLI_ASSIGN_OR_RETURN(const std::vector<int64_t> pads, node.attrs.Ints("explicit_paddings"));
  if (pads.size() != 2 * static_cast<size_t>(window.dims + 2)) {
    return InvalidModelError("explicit_paddings must hold {} numbers", 2 * (window.dims + 2));
  }
  std::vector<int64_t> before, after;
  for (size_t i = 0; i < pads.size(); i += 2) {
    if (pads[i] < 0 || pads[i + 1] < 0) return InvalidModelError("explicit_paddings must not be negative");
    if (std::max(pads[i], pads[i + 1]) > kLargestPad) return InvalidModelError("explicit_paddings are too large");
    before.push_back(pads[i]);
    after.push_back(pads[i + 1]);
  }
  SMCLI_RETURN_IF_ERROR(window.Spread(before, window.before, nullptr, nullptr));
  return window.Spread(after, window.after, nullptr, nullptr);
}

}  // namespace

Result<WindowAttrs> WindowAttrs::Make(const NodeInfo& node, int dims) {
  WindowAttrs window;
  window.dims = dims;
  const std::string format = node.attrs.String("data_format", dims == 2 ? "NHWC" : "NDHWC");
  window.channels_first = format.starts_with("NC") || format == "CHANNELS_FIRST";
  if (format.find("VECT") != std::string::npos) return UnsupportedError("data_format {}", format);
  SMCLI_ASSIGN_OR_RETURN(window.padding, node.attrs.String("padding"));
  if (window.padding == "EXPLICIT") SMCLI_RETURN_IF_ERROR(ReadExplicit(node, window));
  if (node.attrs.Has("dilations")) {
    SMCLI_ASSIGN_OR_RETURN(const std::vector<int64_t> dilations, node.attrs.Ints("dilations"));
    // Conv's default is an empty list.
    if (!dilations.empty()) SMCLI_RETURN_IF_ERROR(window.Spread(dilations, window.dilations, nullptr, nullptr));
  }
  const OpSchema* schema = node.attrs.schema();
  if (schema != nullptr && schema->FindAttr("strides") == nullptr) return window;
  SMCLI_ASSIGN_OR_RETURN(const std::vector<int64_t> strides, node.attrs.Ints("strides"));
  std::vector<int64_t> ksize;
  if (node.attrs.Has("ksize")) {
    SMCLI_ASSIGN_OR_RETURN(ksize, node.attrs.Ints("ksize"));
  }
  SMCLI_RETURN_IF_ERROR(window.SetWindow(ksize, strides));
  return window;
}

Status WindowAttrs::SetWindow(const std::vector<int64_t>& sizes, const std::vector<int64_t>& steps) {
  int64_t batch_stride = 1, batch = 1;
  SMCLI_RETURN_IF_ERROR(Spread(steps, strides, &batch_stride, &channel_stride));
  if (batch_stride != 1) return UnsupportedError("strides over the batch dimension");
  if (!sizes.empty()) SMCLI_RETURN_IF_ERROR(Spread(sizes, ksize, &batch, &channel_window));
  if (batch != 1) return UnsupportedError("pooling over the batch dimension");
  for (int i = 0; i < 3; ++i) {
    const auto at = static_cast<size_t>(i);
    if (strides[at] < 1 || dilations[at] < 1 || ksize[at] < 1) {
      return InvalidModelError("strides, dilations and window sizes must be positive");
    }
  }
  return {};
}

Status WindowAttrs::SetWindowOf(const Tensor& sizes, const Tensor& steps) {
  SMCLI_ASSIGN_OR_RETURN(const IntList window, VectorInts(sizes, "ksize"));
  SMCLI_ASSIGN_OR_RETURN(const IntList stride, VectorInts(steps, "strides"));
  const Status status = SetWindow({window.begin(), window.end()}, {stride.begin(), stride.end()});
  return status.ok() ? Status() : ModelError("{}", status.error().message());
}

Status WindowAttrs::Spread(const std::vector<int64_t>& values, std::array<int64_t, 3>& spatial, int64_t* batch,
                           int64_t* channel) const {
  if (values.size() != static_cast<size_t>(dims + 2)) {
    return InvalidModelError("expected {} numbers per window attribute, got {}", dims + 2, values.size());
  }
  const size_t first_value = channels_first ? 2 : 1;
  for (int i = 0; i < dims; ++i)
    spatial[static_cast<size_t>(first() + i)] = values[first_value + static_cast<size_t>(i)];
  if (batch != nullptr) *batch = values[0];
  if (channel != nullptr) *channel = channels_first ? values[1] : values.back();
  return {};
}

bool WindowAttrs::AddPadding(std::span<const int64_t> pads) {
  if (pads.size() != 2 * static_cast<size_t>(dims + 2) || padding == "SAME") return false;
  if (std::ranges::any_of(pads, [](int64_t pad) { return pad < 0 || pad > kLargestPad; })) return false;
  const size_t channel = channels_first ? 1 : static_cast<size_t>(dims + 1);
  if (pads[0] + pads[1] + pads[2 * channel] + pads[2 * channel + 1] != 0) return false;
  for (int i = 0; i < dims; ++i) {
    const auto axis = static_cast<size_t>(first() + i), from = static_cast<size_t>(channels_first ? 2 + i : 1 + i) * 2;
    before[axis] += pads[from];
    after[axis] += pads[from + 1];
  }
  padding = "EXPLICIT";
  return true;
}

Result<SpatialAxis> WindowAttrs::Axis(int index, int64_t in, int64_t kernel) const {
  const auto at = static_cast<size_t>(index);
  SpatialAxis axis{in, kernel, strides[at], dilations[at], 0, 0};
  int64_t span = 0;
  if (__builtin_mul_overflow(kernel - 1, axis.dilation, &span) || span > (int64_t{1} << 40)) {
    return ModelError("a window of {} with dilation {} is too large", kernel, axis.dilation);
  }
  const int64_t effective = span + 1;
  if (padding == "SAME") {
    axis.out = (in + axis.stride - 1) / axis.stride;
    const int64_t needed = (axis.out - 1) * axis.stride + effective - in;
    axis.pad_before = std::max<int64_t>(needed, 0) / 2;
    return axis;
  }
  const int64_t padded = in + before[at] + after[at];
  const int64_t room = padded - effective + axis.stride;
  axis.out = room >= 0 ? room / axis.stride : -((-room + axis.stride - 1) / axis.stride);
  axis.pad_before = before[at];
  if (room < 0 || axis.out < 0) {
    return ModelError(
        "Computed output size would be negative: {} [input_size: {}, effective_filter_size: {}, stride: {}]", axis.out,
        padded, effective, axis.stride);
  }
  return axis;
}

Result<SpatialAxes> WindowAttrs::Axes(const Shape& images, const std::array<int64_t, 3>& kernel) const {
  SpatialAxes axes;
  for (int i = first(); i < 3; ++i) {
    const auto at = static_cast<size_t>(i);
    SMCLI_ASSIGN_OR_RETURN(axes[at], Axis(i, images.dim(1 + i - first()), kernel[at]));
  }
  return axes;
}

Result<Tensor> ChannelsLast(const Tensor& images) {
  std::vector<int64_t> dims(images.shape().dims().begin(), images.shape().dims().end());
  const int64_t channels = dims[1];
  dims.erase(dims.begin() + 1);
  dims.push_back(channels);
  return Swapped(images, dims, channels, images.shape().Product(2, images.rank()));
}

Result<Tensor> ChannelsFirst(const Tensor& images) {
  std::vector<int64_t> dims(images.shape().dims().begin(), images.shape().dims().end());
  const int64_t channels = dims.back();
  dims.pop_back();
  dims.insert(dims.begin() + 1, channels);
  return Swapped(images, dims, images.shape().Product(1, images.rank() - 1), channels);
}

}  // namespace smcli
