// MaxPool and AvgPool in two and three dimensions. Padding counts for nothing: not as zeros in a maximum, not in a
// mean's number of elements.
#include <limits>

#include "ops/arithmetic.h"
#include "ops/cast.h"
#include "ops/int_args.h"
#include "ops/op.h"
#include "ops/quantized_range.h"
#include "ops/through_float.h"
#include "ops/window.h"

namespace smcli {
namespace {

// The part of a window that lies inside the image, along one axis.
struct Span {
  int64_t begin, end;
};
Span Covered(const SpatialAxis& axis, int64_t out) {
  const int64_t first = out * axis.stride - axis.pad_before;
  return {std::max<int64_t>(first, 0), std::min(first + axis.kernel, axis.in)};
}

// NaN counts for nothing, and nothing is less than the lowest finite number (TensorFlow: kernels/maxpooling_op.h).
template <typename T>
struct Maximum {
  static T Start() { return std::numeric_limits<T>::lowest(); }
  static void Add(T& total, T value) { total = value > total ? value : total; }
  static T Finish(T total, int64_t) { return total; }
};
template <typename T>
struct Average {
  static T Start() { return T(0); }
  static void Add(T& total, T value) { total = Plus(total, value); }
  static T Finish(T total, int64_t count) {
    return count > 0 ? Quotient(total, static_cast<T>(static_cast<Count>(count))) : T(0);
  }
  using Count = std::conditional_t<kIsFloat16<T>, float, int64_t>;
};

// One output pixel: channels on end.
template <typename T, typename Reduce>
void PoolPixel(const T* image, const SpatialAxes& axes, int64_t channels, const std::array<int64_t, 3>& at, T* out) {
  std::fill_n(out, channels, Reduce::Start());
  const Span depth = Covered(axes[0], at[0]), rows = Covered(axes[1], at[1]), columns = Covered(axes[2], at[2]);
  for (int64_t d = depth.begin; d < depth.end; ++d) {
    for (int64_t y = rows.begin; y < rows.end; ++y) {
      for (int64_t x = columns.begin; x < columns.end; ++x) {
        const T* pixel = image + ((d * axes[1].in + y) * axes[2].in + x) * channels;
        for (int64_t c = 0; c < channels; ++c) Reduce::Add(out[c], pixel[c]);
      }
    }
  }
  const int64_t count = std::max<int64_t>(depth.end - depth.begin, 0) * std::max<int64_t>(rows.end - rows.begin, 0) *
                        std::max<int64_t>(columns.end - columns.begin, 0);
  for (int64_t c = 0; c < channels; ++c) out[c] = Reduce::Finish(out[c], count);
}

template <typename T, typename Reduce>
void PoolImages(ThreadPool& pool, const Tensor& images, const SpatialAxes& axes, Tensor& out) {
  const int64_t channels = images.dim(images.rank() - 1);
  const int64_t image_size = axes[0].in * axes[1].in * axes[2].in * channels;
  const int64_t rows = images.dim(0) * axes[0].out * axes[1].out, width = axes[2].out;
  const double window = static_cast<double>(axes[0].kernel * axes[1].kernel * axes[2].kernel);
  const T* from = images.data<T>();
  T* to = out.mutable_data<T>();
  const double row_cost = 0.5 * window * static_cast<double>(width * channels);
  pool.ParallelFor(rows, ThreadPool::GrainOf(row_cost), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const int64_t y = row % axes[1].out, d = row / axes[1].out % axes[0].out, n = row / axes[1].out / axes[0].out;
      for (int64_t x = 0; x < width; ++x) {
        PoolPixel<T, Reduce>(from + n * image_size, axes, channels, {d, y, x}, to + (row * width + x) * channels);
      }
    }
  });
}

// Windows of neighbouring channels, side by side without overlap.
template <typename T>
void MaxOverChannels(const Tensor& images, int64_t window, Tensor& out) {
  const T* from = images.data<T>();
  for (T& value : out.mutable_flat<T>()) {
    value = *std::max_element(from, from + window);
    from += window;
  }
}

class Pool final : public Kernel {
 public:
  template <int kDims, bool kMax>
  static Result<std::unique_ptr<Kernel>> Make(const NodeInfo& node) {
    auto kernel = std::make_unique<Pool>();
    kernel->max_ = kMax;
    kernel->quantized_ = kQuantized.Contains(node.input_types[0]);
    SMCLI_ASSIGN_OR_RETURN(kernel->window_, WindowAttrs::Make(node, kDims));
    const WindowAttrs& window = kernel->window_;
    const bool over_space = window.ksize != std::array<int64_t, 3>{1, 1, 1};
    if (window.channel_window != 1 && (over_space || !kMax || window.channel_window != window.channel_stride)) {
      return UnsupportedError("pooling over channels and space at once");
    }
    return std::unique_ptr<Kernel>(std::move(kernel));
  }

  // MaxPoolV2, whose window and strides are inputs.
  static Result<std::unique_ptr<Kernel>> MakeOfInputs(const NodeInfo& node) {
    auto kernel = std::make_unique<Pool>();
    kernel->max_ = true;
    kernel->of_inputs_ = true;
    SMCLI_ASSIGN_OR_RETURN(kernel->window_, WindowAttrs::Make(node, 2));
    return std::unique_ptr<Kernel>(std::move(kernel));
  }

  Status Compute(KernelContext& ctx) const override {
    if (!of_inputs_) return ComputeWindow(ctx, window_);
    WindowAttrs window = window_;
    SMCLI_RETURN_IF_ERROR(window.SetWindowOf(ctx.input(1), ctx.input(2)));
    if (window.channel_window != 1) return ModelError("pooling over channels is not supported");
    return ComputeWindow(ctx, window);
  }

 private:
  Status ComputeWindow(KernelContext& ctx, const WindowAttrs& window) const {
    const Tensor& input = ctx.input(0);
    if (input.rank() != window.dims + 2) {
      return ModelError("tensor_in must be {}-dimensional, got shape {}", window.dims + 2, input.shape().ToString());
    }
    Tensor images = input;
    if (quantized_) {
      SMCLI_ASSIGN_OR_RETURN(images, CastTensor(ctx.pool(), input, DataType::kInt32));
    }
    if (window.channels_first) {
      SMCLI_ASSIGN_OR_RETURN(images, ChannelsLast(images));
    }
    SMCLI_ASSIGN_OR_RETURN(
        Tensor out, window.channel_window > 1 ? PoolChannels(images, window) : PoolSpace(ctx.pool(), images, window));
    if (window.channels_first) {
      SMCLI_ASSIGN_OR_RETURN(out, ChannelsFirst(out));
    }
    if (quantized_) {  // means are truncated, and the range stays
      SMCLI_ASSIGN_OR_RETURN(out, CastTensor(ctx.pool(), out, input.dtype()));
      SMCLI_ASSIGN_OR_RETURN(const QuantizedRange range, QuantizedRange::Of(ctx, 1, 2));
      range.Put(ctx, 1);
    }
    ctx.set_output(0, std::move(out));
    return {};
  }

  Result<Tensor> PoolSpace(ThreadPool& pool, const Tensor& images, const WindowAttrs& window) const {
    SMCLI_ASSIGN_OR_RETURN(const SpatialAxes axes, window.Axes(images.shape(), window.ksize));
    std::vector<int64_t> dims = {images.dim(0)};
    for (int i = window.first(); i < 3; ++i) dims.push_back(axes[static_cast<size_t>(i)].out);
    dims.push_back(images.dim(images.rank() - 1));
    auto shape = Shape::Make(dims);
    if (!shape.ok()) return ModelError("{}", shape.error().message());
    SMCLI_ASSIGN_OR_RETURN(Tensor out, Tensor::Make(images.dtype(), *shape));
    if (out.num_elements() == 0) return out;
    const auto run = [&](auto tag) {
      using T = typename decltype(tag)::type;
      if constexpr (kIsFloat16<T>) {
        PoolImages<T, Average<T>>(pool, images, axes, out);
      } else {
        max_ ? PoolImages<T, Maximum<T>>(pool, images, axes, out) : PoolImages<T, Average<T>>(pool, images, axes, out);
      }
    };
    DispatchRealNumbers(images.dtype(), run);
    return out;
  }

  static Result<Tensor> PoolChannels(const Tensor& images, const WindowAttrs& window) {
    const int64_t channels = images.dim(images.rank() - 1);
    if (channels % window.channel_window != 0) {
      return ModelError("Depthwise max pooling requires the depth window to evenly divide the input depth.");
    }
    std::vector<int64_t> dims(images.shape().dims().begin(), images.shape().dims().end());
    dims.back() = channels / window.channel_window;
    SMCLI_ASSIGN_OR_RETURN(Tensor out, Tensor::Make(images.dtype(), Shape(dims)));
    DispatchRealNumbers(images.dtype(), [&](auto tag) {
      using T = typename decltype(tag)::type;
      if constexpr (std::is_arithmetic_v<T>) MaxOverChannels<T>(images, window.channel_window, out);
    });
    return out;
  }

  WindowAttrs window_;
  bool max_ = false, quantized_ = false, of_inputs_ = false;
};

// Means of halves are added up in half, as TensorFlow's kernel does it.
Result<std::unique_ptr<Kernel>> MakeAverage(const NodeInfo& node) {
  constexpr auto kMake = Pool::Make<2, false>;
  return node.input_types[0] == DataType::kHalf ? kMake(node) : ThroughFloat<kMake>(node);
}

constexpr KernelFactory kMax2 = ThroughFloat<Pool::Make<2, true>>, kMax3 = ThroughFloat<Pool::Make<3, true>>;
constexpr KernelFactory kAverage3 = ThroughFloat<Pool::Make<3, false>>;

constexpr DataTypeSet kBytes = DataType::kQuint8 | DataType::kQint8;

constexpr Op kOps[] = {
    {.name = "AvgPool", .types = {{{"T", kFloats}}}, .make = MakeAverage, .tolerance = Tolerance::kRounding},
    {.name = "AvgPool3D", .types = {{{"T", kFloats}}}, .make = kAverage3, .tolerance = Tolerance::kRounding},
    {.name = "MaxPool", .types = {{{"T", kRealNumbers}}}, .make = kMax2},
    {.name = "MaxPool3D", .types = {{{"T", kFloats}}}, .make = kMax3},
    {.name = "MaxPoolV2", .types = {{{"T", kRealNumbers}}}, .make = ThroughFloat<Pool::MakeOfInputs>},
    {.name = "QuantizedAvgPool", .types = {{{"T", kBytes}}}, .make = Pool::Make<2, false>},
    {.name = "QuantizedMaxPool", .types = {{{"T", kBytes}}}, .make = Pool::Make<2, true>},
};

}  // namespace

std::span<const Op> PoolOps() { return kOps; }

}  // namespace smcli
