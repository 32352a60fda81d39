// RGBToHSV, HSVToRGB, AdjustContrast, AdjustHue, AdjustSaturation.
#include <algorithm>
#include <cmath>
#include <vector>

#include "ops/expect.h"
#include "ops/int_args.h"
#include "ops/op.h"

namespace smcli {
namespace {

template <typename T>
struct Pixel {
  T a, b, c;
};

// Hue and saturation in [0, 1], as in kernels/image/colorspace_op.h.
template <typename T>
Pixel<T> ToHsv(Pixel<T> rgb) {
  const auto [r, g, b] = rgb;
  const T value = std::max(r, std::max(g, b));
  const T range = value - std::min(r, std::min(g, b));
  const T saturation = value > 0 ? range / value : T(0);
  const T unit = T(1) / (T(6) * range);
  T hue = r == value ? unit * (g - b) : g == value ? unit * (b - r) + T(2) / T(6) : unit * (r - g) + T(4) / T(6);
  if (!(range > 0)) hue = 0;
  if (hue < 0) hue += 1;
  return {hue, saturation, value};
}

template <typename T>
Pixel<T> ToRgb(Pixel<T> hsv) {
  const auto [h, s, v] = hsv;
  const T sixths = h * T(6);
  const auto channel = [saturation = s, value = v](T ramp) {
    return (T(1) - saturation + saturation * std::clamp(ramp, T(0), T(1))) * value;
  };
  return {channel(std::abs(sixths - T(3)) - T(1)), channel(T(2) - std::abs(sixths - T(2))),
          channel(T(2) - std::abs(sixths - T(4)))};
}

// Applies map(pixel) to each three elements; half-width floats are computed in float.
template <typename Map>
Status MapPixels(KernelContext& ctx, Map map) {
  const Tensor& input = ctx.input(0);
  if (input.rank() < 1 || input.dim(input.rank() - 1) != 3) {
    return ModelError("input must have 3 channels in its last dimension, but has shape {}", input.shape().ToString());
  }
  SMCLI_ASSIGN_OR_RETURN(Tensor * output, ctx.Allocate(0, input.dtype(), input.shape()));
  DispatchFloats(input.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    using Wide = std::conditional_t<std::is_same_v<T, double>, double, float>;
    const T* from = input.data<T>();
    T* to = output->mutable_data<T>();
    ctx.pool().ParallelFor(input.num_elements() / 3, 4096, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin * 3; i < end * 3; i += 3) {
        const Pixel<Wide> pixel{static_cast<Wide>(from[i]), static_cast<Wide>(from[i + 1]),
                                static_cast<Wide>(from[i + 2])};
        const Pixel<Wide> mapped = map(pixel);
        to[i] = T(mapped.a), to[i + 1] = T(mapped.b), to[i + 2] = T(mapped.c);
      }
    });
  });
  return {};
}

Status RgbToHsv(KernelContext& ctx) {
  return MapPixels(ctx, [](auto pixel) { return ToHsv(pixel); });
}

Status HsvToRgb(KernelContext& ctx) {
  return MapPixels(ctx, [](auto pixel) { return ToRgb(pixel); });
}

Status CheckImages(const Tensor& images) {
  if (images.rank() >= 3) return {};
  return ModelError("images must have at least 3 dimensions, got shape {}", images.shape().ToString());
}

Status AdjustSaturation(KernelContext& ctx) {
  SMCLI_RETURN_IF_ERROR(CheckImages(ctx.input(0)));
  SMCLI_ASSIGN_OR_RETURN(const float scale, ScalarOf<float>(ctx.input(1), "scale"));
  return MapPixels(ctx, [=]<typename T>(Pixel<T> rgb) {
    Pixel<T> hsv = ToHsv(rgb);
    hsv.b = std::clamp(hsv.b * static_cast<T>(scale), T(0), T(1));
    return ToRgb(hsv);
  });
}

Status AdjustHue(KernelContext& ctx) {
  SMCLI_RETURN_IF_ERROR(CheckImages(ctx.input(0)));
  SMCLI_ASSIGN_OR_RETURN(const float delta, ScalarOf<float>(ctx.input(1), "delta"));
  return MapPixels(ctx, [=]<typename T>(Pixel<T> rgb) {
    Pixel<T> hsv = ToHsv(rgb);
    hsv.a += static_cast<T>(delta);
    hsv.a -= std::floor(hsv.a);
    return ToRgb(hsv);
  });
}

// (x - mean) * factor + mean, the mean of each channel of each image.
template <typename T, typename Out, typename Store>
void Stretch(const Tensor& images, float factor, Out* to, Store store) {
  const int rank = images.rank();
  const int64_t channels = images.dim(rank - 1);
  const int64_t pixels = images.dim(rank - 2) * images.dim(rank - 3);
  const T* from = images.data<T>();
  std::vector<double> means(static_cast<size_t>(channels));
  const int64_t count = images.shape().Product(0, rank - 3);
  for (int64_t image = 0; image < count; ++image, from += pixels * channels, to += pixels * channels) {
    std::ranges::fill(means, 0.0);
    for (int64_t i = 0; i < pixels * channels; ++i)
      means[static_cast<size_t>(i % channels)] += static_cast<double>(static_cast<float>(from[i]));
    for (double& mean : means) mean /= static_cast<double>(pixels);
    for (int64_t i = 0; i < pixels * channels; ++i) {
      const auto mean = static_cast<float>(means[static_cast<size_t>(i % channels)]);
      to[i] = store((static_cast<float>(from[i]) - mean) * factor + mean);
    }
  }
}

Status AdjustContrastV2(KernelContext& ctx) {
  const Tensor& images = ctx.input(0);
  SMCLI_RETURN_IF_ERROR(CheckImages(images));
  SMCLI_ASSIGN_OR_RETURN(const float factor, ScalarOf<float>(ctx.input(1), "contrast_factor"));
  SMCLI_ASSIGN_OR_RETURN(Tensor * output, ctx.Allocate(0, images.dtype(), images.shape()));
  if (images.num_elements() == 0) return {};
  if (images.dtype() == DataType::kHalf) {
    Stretch<Half>(images, factor, output->mutable_data<Half>(), [](float value) { return Half(value); });
  } else {
    Stretch<float>(images, factor, output->mutable_data<float>(), [](float value) { return value; });
  }
  return {};
}

Status AdjustContrast(KernelContext& ctx) {
  const Tensor& images = ctx.input(0);
  SMCLI_RETURN_IF_ERROR(CheckImages(images));
  SMCLI_ASSIGN_OR_RETURN(const float factor, ScalarOf<float>(ctx.input(1), "contrast_factor"));
  SMCLI_ASSIGN_OR_RETURN(const float least, ScalarOf<float>(ctx.input(2), "min_value"));
  SMCLI_ASSIGN_OR_RETURN(const float most, ScalarOf<float>(ctx.input(3), "max_value"));
  SMCLI_ASSIGN_OR_RETURN(Tensor * output, ctx.Allocate(0, DataType::kFloat, images.shape()));
  if (images.num_elements() == 0) return {};
  DispatchRealNumbers(images.dtype(), [&](auto tag) {
    Stretch<typename decltype(tag)::type>(images, factor, output->mutable_data<float>(),
                                          [=](float value) { return std::max(std::min(value, most), least); });
  });
  return {};
}

constexpr Op kOps[] = {
    {.name = "AdjustContrast", .types = {}, .make = MakeFunctionKernel<AdjustContrast>},
    {.name = "AdjustContrastv2", .types = {}, .make = MakeFunctionKernel<AdjustContrastV2>},
    {.name = "AdjustHue", .types = {}, .make = MakeFunctionKernel<AdjustHue>},
    {.name = "AdjustSaturation", .types = {}, .make = MakeFunctionKernel<AdjustSaturation>},
    {.name = "HSVToRGB", .types = {{{"T", kFloats}}}, .make = MakeFunctionKernel<HsvToRgb>},
    {.name = "RGBToHSV", .types = {{{"T", kFloats}}}, .make = MakeFunctionKernel<RgbToHsv>},
};

}  // namespace

std::span<const Op> ImageColorOps() { return kOps; }

}  // namespace smcli
