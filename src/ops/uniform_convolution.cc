// UniformQuantizedConvolution and its hybrid form: convolutions over any number of spatial dimensions, of quantised
// images or of floats with a quantised filter (TensorFlow:
// kernels/uniform_quant_ops/uniform_quantized_convolution_ops.cc).
#include <vector>

#include "base/wire.h"
#include "ops/int_args.h"
#include "ops/quantized_range.h"
#include "ops/uniform_quantization.h"

namespace smcli {
namespace {

using Dims = std::vector<int64_t>;

// Where batch, feature and space lie in the dimensions of a tensor; for a filter: output and input features.
struct Layout {
  int64_t batch = 0, feature = 1;
  Dims space;

  bool FitsRank(int rank) const {
    Dims all = space;
    all.push_back(batch);
    all.push_back(feature);
    std::ranges::sort(all);
    for (size_t i = 0; i < all.size(); ++i) {
      if (all[i] != static_cast<int64_t>(i)) return false;
    }
    return static_cast<int>(all.size()) == rank;
  }
};

struct Layouts {
  Layout input, filter, output;
};

// The serialised UniformQuantizedConvolutionDimensionNumbersAttr; empty: batch, feature, space (filter: output, input,
// space).
Result<Layouts> ReadLayouts(std::string_view bytes, int rank) {
  Layouts layouts;
  Layout* all[] = {&layouts.input, &layouts.filter, &layouts.output};
  if (bytes.empty()) {
    for (Layout* layout : all) {
      for (int i = 2; i < rank; ++i) layout->space.push_back(i);
    }
    return layouts;
  }
  for (Layout* layout : all) layout->batch = layout->feature = 0;
  WireReader reader(bytes);
  for (WireField field; reader.Next(field);) {
    if (field.number < 1 || field.number > 9) continue;
    Layout& layout = *all[(field.number - 1) / 3];
    const bool filter = &layout == &layouts.filter;
    const uint32_t role = (field.number - 1) % 3;
    if (role == 2 && field.type == WireType::kBytes) {
      if (!ForEachPackedVarint(field.bytes, [&](uint64_t v) { layout.space.push_back(static_cast<int64_t>(v)); })) {
        return InvalidModelError("dimension_numbers is no message");
      }
    } else if (role == 2) {
      layout.space.push_back(field.as_int64());
    } else {  // a filter's input feature comes first
      ((role == 0) != filter ? layout.batch : layout.feature) = field.as_int64();
    }
  }
  SMCLI_RETURN_IF_ERROR(reader.status().Annotate("dimension_numbers"));
  return layouts;
}

// One spatial dimension.
struct Axis {
  int64_t in, kernel, out, stride, in_dilation, kernel_dilation, pad_before;
};

// Steps from element to element of a tensor along each of its dimensions.
Dims StepsOf(const Shape& shape) {
  Dims steps(static_cast<size_t>(shape.rank()), 1);
  for (int i = shape.rank() - 2; i >= 0; --i) {
    steps[static_cast<size_t>(i)] = steps[static_cast<size_t>(i + 1)] * shape.dim(i + 1);
  }
  return steps;
}

class UniformConvolution final : public Kernel {
 public:
  static Result<UniformConvolution> Make(const NodeInfo& node) {
    UniformConvolution kernel;
    kernel.hybrid_ = node.input_types[0] == DataType::kFloat;
    SMCLI_ASSIGN_OR_RETURN(kernel.padding_, node.attrs.String("padding"));
    SMCLI_ASSIGN_OR_RETURN(kernel.pads_, node.attrs.Ints("explicit_padding"));
    SMCLI_ASSIGN_OR_RETURN(kernel.strides_, node.attrs.Ints("window_strides"));
    SMCLI_ASSIGN_OR_RETURN(kernel.lhs_dilation_, node.attrs.Ints("lhs_dilation"));
    SMCLI_ASSIGN_OR_RETURN(kernel.rhs_dilation_, node.attrs.Ints("rhs_dilation"));
    SMCLI_ASSIGN_OR_RETURN(kernel.groups_, node.attrs.Int("feature_group_count"));
    SMCLI_ASSIGN_OR_RETURN(kernel.numbers_, node.attrs.String("dimension_numbers"));
    SMCLI_ASSIGN_OR_RETURN(kernel.rhs_, UniformAttrs::Make(node, "rhs_"));
    if (node.attrs.Int("batch_group_count", 1) != 1) return UnsupportedError("batch_group_count");
    if (kernel.groups_ < 1) return InvalidModelError("feature_group_count must be positive");
    for (const Dims* list : {&kernel.strides_, &kernel.lhs_dilation_, &kernel.rhs_dilation_}) {
      if (std::ranges::any_of(*list, [](int64_t v) { return v < 1 || v > (1 << 20); })) {
        return InvalidModelError("strides and dilations must be positive");
      }
    }
    if (kernel.hybrid_) return kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.output_, UniformAttrs::Make(node, "output_"));
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    const Tensor& x = ctx.input(0);
    const Tensor& filter = ctx.input(1);
    if (x.rank() < 2 || x.rank() != filter.rank()) {
      return ModelError("lhs and rhs must be of one rank of at least 2: {} and {}", x.shape().ToString(),
                        filter.shape().ToString());
    }
    SMCLI_ASSIGN_OR_RETURN(const Layouts layouts, ReadLayouts(numbers_, x.rank()));
    for (const Layout* layout : {&layouts.input, &layouts.filter, &layouts.output}) {
      if (!layout->FitsRank(x.rank())) return ModelError("dimension_numbers do not fit a rank of {}", x.rank());
    }
    const int64_t features = x.dim(static_cast<int>(layouts.input.feature));
    const int64_t out_features = filter.dim(static_cast<int>(layouts.filter.batch));
    if (features != filter.dim(static_cast<int>(layouts.filter.feature)) * groups_ || out_features % groups_ != 0) {
      return ModelError("{} input features and {} output features do not go with {} groups of {}", features,
                        out_features, groups_, filter.dim(static_cast<int>(layouts.filter.feature)));
    }
    SMCLI_ASSIGN_OR_RETURN(const std::vector<Axis> axes, Axes(x, filter, layouts));
    Dims dims(static_cast<size_t>(x.rank()));
    dims[static_cast<size_t>(layouts.output.batch)] = x.dim(static_cast<int>(layouts.input.batch));
    dims[static_cast<size_t>(layouts.output.feature)] = out_features;
    for (size_t i = 0; i < axes.size(); ++i) dims[static_cast<size_t>(layouts.output.space[i])] = axes[i].out;
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, CheckedShape(dims));
    const int64_t slices = out_features;
    SMCLI_ASSIGN_OR_RETURN(const UniformScales rhs, UniformScales::Of(ctx, hybrid_ ? 2 : 4, rhs_.axis, slices));
    if (hybrid_) {
      SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, DataType::kFloat, shape));
      const DynamicBytes left = DynamicBytes::Of(x, static_cast<int>(layouts.input.batch));
      const int out_batch = static_cast<int>(layouts.output.batch);
      const int64_t batches = shape.dim(out_batch), batch_step = shape.Product(out_batch + 1, shape.rank());
      ForOutputs(ctx.pool(), axes, layouts, x.shape(), filter.shape(), shape,
                 [&](int64_t at, int64_t feature, auto walk) {
                   const DynamicRange& range = left.ranges[static_cast<size_t>(at / batch_step % batches)];
                   uint32_t sum = 0;  // wraps
                   walk([&](int64_t from, int64_t weight) {
                     sum += static_cast<uint32_t>(left.bytes[static_cast<size_t>(from)] - range.zero) *
                            (static_cast<uint32_t>(int32_t{filter.data<int8_t>()[weight]}) -
                             static_cast<uint32_t>(rhs.zero(feature)));
                   });
                   out->mutable_data<float>()[at] =
                       static_cast<float>(static_cast<int32_t>(sum)) * range.scale * rhs.scale(feature);
                 });
      return {};
    }
    SMCLI_ASSIGN_OR_RETURN(const UniformScales lhs, UniformScales::Of(ctx, 2, -1, 1));
    SMCLI_ASSIGN_OR_RETURN(const UniformScales output, UniformScales::Of(ctx, 6, output_.axis, slices));
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, DataType::kQint32, shape));
    int32_t* to = out->mutable_data<int32_t>();
    ForOutputs(
        ctx.pool(), axes, layouts, x.shape(), filter.shape(), shape, [&](int64_t at, int64_t feature, auto walk) {
          uint32_t sum = 0;  // wraps
          walk([&](int64_t from, int64_t weight) {
            const auto left =
                static_cast<uint32_t>(int32_t{x.data<int8_t>()[from]}) - static_cast<uint32_t>(lhs.zero(0));
            const auto right = static_cast<uint32_t>(int32_t{filter.data<int8_t>()[weight]}) -
                               static_cast<uint32_t>(rhs.zero(feature));
            sum += left * right;
          });
          const FixedPointRatio ratio(static_cast<double>(lhs.scale(0)) * static_cast<double>(rhs.scale(feature)) /
                                      static_cast<double>(output.scale(feature)));
          const int64_t moved = int64_t{ratio.Times(static_cast<int32_t>(sum))} + output.zero(feature);
          to[at] = static_cast<int32_t>(
              std::clamp(moved, std::max(output_.min, kLowest<int32_t>), std::min(output_.max, kHighest<int32_t>)));
        });
    return {};
  }

 private:
  static int64_t Or1(const Dims& list, size_t i) { return i < list.size() ? list[i] : 1; }

  Result<std::vector<Axis>> Axes(const Tensor& x, const Tensor& filter, const Layouts& layouts) const {
    std::vector<Axis> axes;
    const size_t n = layouts.input.space.size();
    for (const Dims* list : {&strides_, &lhs_dilation_, &rhs_dilation_}) {
      if (!list->empty() && list->size() != n) return ModelError("strides and dilations must have {} numbers", n);
    }
    if (padding_ == "EXPLICIT" && pads_.size() != 2 * n)
      return ModelError("explicit_padding must have {} numbers", 2 * n);
    for (size_t i = 0; i < n; ++i) {
      Axis axis{x.dim(static_cast<int>(layouts.input.space[i])),
                filter.dim(static_cast<int>(layouts.filter.space[i])),
                0,
                Or1(strides_, i),
                Or1(lhs_dilation_, i),
                Or1(rhs_dilation_, i),
                0};
      if (axis.kernel < 1) return ModelError("rhs must not be empty in space");
      const int64_t in = axis.in == 0 ? 0 : (axis.in - 1) * axis.in_dilation + 1;
      const int64_t kernel = (axis.kernel - 1) * axis.kernel_dilation + 1;
      int64_t after = 0;
      if (padding_ == "SAME") {
        const int64_t out = (in + axis.stride - 1) / axis.stride;
        const int64_t needed = std::max<int64_t>((out - 1) * axis.stride + kernel - in, 0);
        axis.pad_before = needed / 2;
        after = needed - axis.pad_before;
      } else if (padding_ == "EXPLICIT") {
        axis.pad_before = std::clamp<int64_t>(pads_[2 * i], -(int64_t{1} << 40), int64_t{1} << 40);
        after = std::clamp<int64_t>(pads_[2 * i + 1], -(int64_t{1} << 40), int64_t{1} << 40);
      }
      const int64_t room = in + axis.pad_before + after - kernel;
      axis.out = room < 0 ? 0 : room / axis.stride + 1;
      axes.push_back(axis);
    }
    return axes;
  }

  // f(offset of the output's element, its feature, walk) for every element; walk(g) calls g(offset in x, offset in the
  // filter) for each product that belongs to it.
  template <typename F>
  void ForOutputs(ThreadPool& pool, const std::vector<Axis>& axes, const Layouts& layouts, const Shape& x,
                  const Shape& filter, const Shape& out, F&& f) const {
    const Dims x_steps = StepsOf(x), filter_steps = StepsOf(filter), out_steps = StepsOf(out);
    const auto step = [](const Dims& steps, int64_t dim) { return steps[static_cast<size_t>(dim)]; };
    const int64_t depth = filter.dim(static_cast<int>(layouts.filter.feature));
    const int64_t per_group = out.dim(static_cast<int>(layouts.output.feature)) / groups_;
    int64_t window = 1;
    for (const Axis& axis : axes) window *= axis.kernel;
    const double cost = static_cast<double>(window) * static_cast<double>(depth) * 3;
    pool.ParallelFor(out.num_elements(), ThreadPool::GrainOf(cost), [&](int64_t begin, int64_t end) {
      for (int64_t at = begin; at < end; ++at) {
        const auto index = [&](int64_t dim) { return at / step(out_steps, dim) % out.dim(static_cast<int>(dim)); };
        const int64_t feature = index(layouts.output.feature);
        const int64_t image = index(layouts.output.batch) * step(x_steps, layouts.input.batch) +
                              feature / per_group * depth * step(x_steps, layouts.input.feature);
        f(at, feature, [&](auto&& g) {
          for (int64_t w = 0; w < window; ++w) {
            int64_t from = image, weight = feature * step(filter_steps, layouts.filter.batch), rest = w;
            bool inside = true;
            for (size_t i = axes.size(); i-- > 0 && inside;) {
              const Axis& axis = axes[i];
              const int64_t k = rest % axis.kernel;
              rest /= axis.kernel;
              const int64_t place =
                  index(layouts.output.space[i]) * axis.stride + k * axis.kernel_dilation - axis.pad_before;
              inside = place >= 0 && place % axis.in_dilation == 0 && place / axis.in_dilation < axis.in;
              from += place / axis.in_dilation * step(x_steps, layouts.input.space[i]);
              weight += k * step(filter_steps, layouts.filter.space[i]);
            }
            if (!inside) continue;
            for (int64_t c = 0; c < depth; ++c) {
              g(from + c * step(x_steps, layouts.input.feature),
                weight + c * step(filter_steps, layouts.filter.feature));
            }
          }
        });
      }
    });
  }

  bool hybrid_ = false;
  std::string padding_, numbers_;
  Dims pads_, strides_, lhs_dilation_, rhs_dilation_;
  int64_t groups_ = 1;
  UniformAttrs rhs_, output_;
};

constexpr DataTypeSet kByte = DataType::kQint8, kFloat = DataType::kFloat;

constexpr Op kOps[] = {
    {.name = "UniformQuantizedConvolution",
     .types = {{{"Tin", kByte}, {"Tout", DataType::kQint32}}},
     .make = MakeKernel<UniformConvolution>},
    {.name = "UniformQuantizedConvolutionHybrid",
     .types = {{{"Tlhs", kFloat}, {"Trhs", kByte}, {"Tout", kFloat}}},
     .make = MakeKernel<UniformConvolution>,
     .tolerance = Tolerance::kRounding},
};

}  // namespace

std::span<const Op> UniformConvolutionOps() { return kOps; }

}  // namespace smcli
