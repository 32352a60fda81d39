// QuantizeAndDequantize and its later versions: values moved to the grid of a quantised type and back (TensorFlow:
// kernels/quantize_and_dequantize_op.h).
#include <cmath>

#include "ops/axis_slices.h"
#include "ops/expect.h"
#include "ops/int_args.h"
#include "ops/op.h"
#include "ops/through_float.h"

namespace smcli {
namespace {

// A range moved so that zero lies on the grid, and the steps of the grid.
template <typename T>
struct Grid {
  T min, max, scale, inverse;

  // The integers from `lowest` to `highest` stand for a range that holds [min, max]; the side that needs the larger
  // steps decides.
  static Grid Over(T min, T max, int64_t lowest, int64_t highest) {
    const T low = static_cast<T>(lowest), high = static_cast<T>(highest), none = std::numeric_limits<T>::max();
    const T from_min = low * min > 0 ? low / min : none;
    const T from_max = high * max > 0 ? high / max : none;
    if (from_min < from_max) return {min, high * (min / low), from_min, min / low};
    return {low * (max / high), max, from_max, max / high};
  }
};

class QuantizeAndDequantize final : public Kernel {
 public:
  static Result<std::unique_ptr<Kernel>> Make(const NodeInfo& node) {
    auto kernel = std::make_unique<QuantizeAndDequantize>();
    SMCLI_ASSIGN_OR_RETURN(kernel->signed_, node.attrs.Bool("signed_input"));
    SMCLI_ASSIGN_OR_RETURN(kernel->given_, node.attrs.Bool("range_given"));
    kernel->bits_input_ = node.op == "QuantizeAndDequantizeV3";
    kernel->bits_ = node.attrs.Int("num_bits", 8);
    kernel->half_up_ = node.attrs.String("round_mode", "HALF_TO_EVEN") == "HALF_UP";
    kernel->narrow_ = node.attrs.Bool("narrow_range", false);
    kernel->axis_ = node.attrs.Int("axis", -1);
    kernel->min_ = node.attrs.Float("input_min", 0);
    kernel->max_ = node.attrs.Float("input_max", 0);
    kernel->single_ = node.input_types[0] == DataType::kFloat;
    if (!kernel->bits_input_) SMCLI_RETURN_IF_ERROR(kernel->CheckBits(kernel->bits_));
    return std::unique_ptr<Kernel>(std::move(kernel));
  }

  Status Compute(KernelContext& ctx) const override {
    int64_t bits = bits_;
    if (bits_input_) {
      SMCLI_ASSIGN_OR_RETURN(bits, ScalarInt(ctx.input(3), "num_bits"));
      SMCLI_RETURN_IF_ERROR(CheckBits(bits));
    }
    return single_ ? Run<float>(ctx, bits) : Run<double>(ctx, bits);
  }

 private:
  Status CheckBits(int64_t bits) const {
    if (bits > 0 && bits < (signed_ ? 62 : 63)) return {};
    return ModelError("num_bits is out of range: {} with signed_input_ {}", bits, signed_);
  }

  template <typename T>
  Status Run(KernelContext& ctx, int64_t bits) const {
    const Tensor& x = ctx.input(0);
    SMCLI_ASSIGN_OR_RETURN(const AxisSlices slices, AxisSlices::Of(x.shape(), axis_));
    std::vector<T> min(static_cast<size_t>(slices.count)), max(min.size());
    SMCLI_RETURN_IF_ERROR(given_ ? ReadRanges(ctx, min, max) : FindRanges(x, slices, min, max));
    const int64_t highest = (int64_t{1} << (signed_ ? bits - 1 : bits)) - 1;
    const int64_t lowest = !signed_ ? 0 : narrow_ ? -highest : -highest - 1;
    std::vector<Grid<T>> grids;
    for (size_t i = 0; i < min.size(); ++i) grids.push_back(Grid<T>::Over(min[i], max[i], lowest, highest));
    const T* from = x.data<T>();
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.AllocateOrForward(0, 0, x.dtype(), x.shape()));
    T* to = out->mutable_data<T>();
    slices.ForEachRun([&](int64_t slice, int64_t first, int64_t count) {
      const Grid<T>& grid = grids[static_cast<size_t>(slice)];
      for (int64_t i = first; i < first + count; ++i) {
        const T inside = given_ ? std::max(std::min(from[i], grid.max), grid.min) : from[i];
        const T scaled = inside * grid.scale;
        to[i] = (half_up_ ? std::floor(scaled + T(0.5)) : std::nearbyint(scaled)) * grid.inverse;
      }
    });
    return {};
  }

  template <typename T>
  Status ReadRanges(const KernelContext& ctx, std::vector<T>& min, std::vector<T>& max) const {
    if (ctx.num_inputs() == 1) {  // the first version has them as attributes
      min[0] = static_cast<T>(min_);
      max[0] = static_cast<T>(max_);
    } else {
      for (int i = 1; i <= 2; ++i) {
        const Tensor& bound = ctx.input(i);
        const std::string_view name = i == 1 ? "input_min" : "input_max";
        // Of the versions that take an axis, only the third takes a range for each slice.
        if (axis_ == -1 || !bits_input_) {
          SMCLI_RETURN_IF_ERROR(ExpectScalar(bound, name));
        } else if (bound.rank() != 1 || bound.num_elements() != static_cast<int64_t>(min.size())) {
          return ModelError("{} has incorrect size, was {}, expected {}", name, bound.num_elements(), min.size());
        }
      }
      if (axis_ != -1 && !bits_input_)
        return ModelError("an axis and a given range at once need QuantizeAndDequantizeV3");
      std::copy_n(ctx.input(1).data<T>(), min.size(), min.begin());
      std::copy_n(ctx.input(2).data<T>(), max.size(), max.begin());
    }
    if (axis_ == -1 && !(min[0] <= max[0])) {
      return ModelError("Invalid range: input_min {} > input_max {}", min[0], max[0]);
    }
    return {};
  }

  template <typename T>
  static Status FindRanges(const Tensor& x, const AxisSlices& slices, std::vector<T>& min, std::vector<T>& max) {
    std::ranges::fill(min, std::numeric_limits<T>::infinity());
    std::ranges::fill(max, -std::numeric_limits<T>::infinity());
    const T* values = x.data<T>();
    slices.ForEachRun([&](int64_t slice, int64_t first, int64_t count) {
      const auto at = static_cast<size_t>(slice);
      for (int64_t i = first; i < first + count; ++i) {
        min[at] = std::min(min[at], values[i]);
        max[at] = std::max(max[at], values[i]);
      }
    });
    return {};
  }

  bool signed_ = true, given_ = false, bits_input_ = false, half_up_ = false, narrow_ = false, single_ = true;
  int64_t bits_ = 8, axis_ = -1;
  float min_ = 0, max_ = 0;
};

// The gradient of V4 goes through where the value lay within the range, and is 0 for the bounds.
class QuantizeGradient final : public Kernel {
 public:
  static Result<std::unique_ptr<Kernel>> Make(const NodeInfo& node) {
    auto kernel = std::make_unique<QuantizeGradient>();
    kernel->axis_ = node.attrs.Int("axis", -1);
    kernel->single_ = node.input_types[0] == DataType::kFloat;
    return std::unique_ptr<Kernel>(std::move(kernel));
  }
  Status Compute(KernelContext& ctx) const override { return single_ ? Run<float>(ctx) : Run<double>(ctx); }

 private:
  template <typename T>
  Status Run(KernelContext& ctx) const {
    const Tensor& gradient = ctx.input(0);
    const Tensor& x = ctx.input(1);
    SMCLI_RETURN_IF_ERROR(ExpectSameShape(gradient, "gradients", x, "input"));
    SMCLI_ASSIGN_OR_RETURN(const AxisSlices slices, AxisSlices::Of(x.shape(), axis_));
    for (int i = 2; i <= 3; ++i) {
      const Tensor& bound = ctx.input(i);
      if (bound.num_elements() == slices.count && bound.rank() == (axis_ == -1 ? 0 : 1)) continue;
      return ModelError("input_{} must have {} elements, got {}", i == 2 ? "min" : "max", slices.count,
                        bound.shape().ToString());
    }
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, x.dtype(), x.shape()));
    T* to = out->mutable_data<T>();
    slices.ForEachRun([&](int64_t slice, int64_t first, int64_t count) {
      const T min = ctx.input(2).data<T>()[slice], max = ctx.input(3).data<T>()[slice];
      for (int64_t i = first; i < first + count; ++i) {
        const T value = x.data<T>()[i];
        to[i] = gradient.data<T>()[i] * (value >= min && value <= max ? T(1) : T(0));
      }
    });
    for (int i = 1; i <= 2; ++i) {
      SMCLI_ASSIGN_OR_RETURN(Tensor * zero, ctx.Allocate(i, x.dtype(), ctx.input(i + 1).shape()));
      std::ranges::fill(zero->mutable_flat<T>(), T(0));
    }
    return {};
  }

  int64_t axis_ = -1;
  bool single_ = true;
};

constexpr KernelFactory kRoundTrip = ThroughFloat<QuantizeAndDequantize::Make>;
#define SMCLI_ROUND_TRIP(op, factory) \
  { .name = op, .types = {{{"T", kFloats}}}, .make = factory, .tolerance = Tolerance::kRounding }

constexpr Op kOps[] = {
    SMCLI_ROUND_TRIP("QuantizeAndDequantize", kRoundTrip),
    SMCLI_ROUND_TRIP("QuantizeAndDequantizeV2", kRoundTrip),
    SMCLI_ROUND_TRIP("QuantizeAndDequantizeV3", kRoundTrip),
    SMCLI_ROUND_TRIP("QuantizeAndDequantizeV4", kRoundTrip),
    SMCLI_ROUND_TRIP("QuantizeAndDequantizeV4Grad", ThroughFloat<QuantizeGradient::Make>),
};
#undef SMCLI_ROUND_TRIP

}  // namespace

std::span<const Op> QuantizeRoundTripOps() { return kOps; }

}  // namespace smcli
