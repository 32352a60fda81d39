// FakeQuantWithMinMaxArgs, -Vars and -VarsPerChannel and their gradients: values moved to the grid of a quantised range
// and back
// (TensorFlow: kernels/fake_quant_ops_functor.h, Nudge and the functors).
#include <cmath>

#include "ops/expect.h"
#include "ops/op.h"

namespace smcli {
namespace {

// A range whose zero lies on the grid.
struct Grid {
  float low = 0, high = 0, scale = 0, inverse = 0, zero = 0;
  bool divides = false;

  // The range [min, max] as `levels` steps from quant_min to quant_max, shifted so that zero is one of them.
  static Grid Nudged(float min, float max, float quant_min, float quant_max) {
    Grid grid;
    grid.scale = (max - min) / (quant_max - quant_min);
    grid.inverse = (quant_max - quant_min) / (max - min);
    const float zero = quant_min - min / grid.scale;
    const float nudged = zero < quant_min ? quant_min : zero > quant_max ? quant_max : std::round(zero);
    grid.low = (quant_min - nudged) * grid.scale;
    grid.high = (quant_max - nudged) * grid.scale;
    grid.zero = std::floor(-grid.low * grid.inverse + 0.5f);
    return grid;
  }
  bool empty() const { return scale == 0.0f; }
  float Apply(float x) const {
    const float shifted = std::max(std::min(x, high), low) - low;
    return std::floor((divides ? shifted / scale : shifted * inverse) - zero + 0.5f) * scale;
  }
};

// What FakeQuant ops and their gradients read: the range, from attributes or from two inputs.
struct GridAttrs {
  float quant_min = 0, quant_max = 255, min = 0, max = 0;
  int from = 0;  // the input that holds min; 0 where it is an attribute
  bool per_channel = false;

  static Result<GridAttrs> Make(const NodeInfo& node, int values) {
    GridAttrs attrs;
    SMCLI_ASSIGN_OR_RETURN(const int64_t bits, node.attrs.Int("num_bits"));
    if (bits < 2 || bits > 16) return InvalidModelError("num_bits must be between 2 and 16, inclusive");
    SMCLI_ASSIGN_OR_RETURN(const bool narrow, node.attrs.Bool("narrow_range"));
    attrs.quant_min = narrow ? 1.0f : 0.0f;
    attrs.quant_max = static_cast<float>((1 << bits) - 1);
    attrs.per_channel = node.op.find("PerChannel") != std::string_view::npos;
    if (node.num_inputs() > values) {
      attrs.from = values;
      return attrs;
    }
    SMCLI_ASSIGN_OR_RETURN(attrs.min, node.attrs.Float("min"));
    SMCLI_ASSIGN_OR_RETURN(attrs.max, node.attrs.Float("max"));
    if (attrs.min < attrs.max) return attrs;
    return InvalidModelError("min has to be smaller than max, was: {} >= {}", attrs.min, attrs.max);
  }

  // How many grids elements of this shape have, one after the other.
  Result<int64_t> Channels(const Shape& shape) const {
    if (!per_channel) return 1;
    if (shape.rank() < 1) return ModelError("inputs must be at least 1-dimensional");
    return shape.dim(shape.rank() - 1);
  }

  // One per channel. An empty range (min == max == 0) gives scale 0.
  Result<std::vector<Grid>> Grids(const KernelContext& ctx, int64_t channels) const {
    if (from == 0) return std::vector<Grid>{Grid::Nudged(min, max, quant_min, quant_max)};
    const std::array<std::string_view, 2> names = {"min", "max"};
    for (int i = 0; i < 2; ++i) {
      const Tensor& bound = ctx.input(from + i);
      const auto& name = names[static_cast<size_t>(i)];
      const int rank = per_channel ? 1 : 0;
      if (bound.rank() != rank) return ModelError("`{}` must be rank {} but is rank {}", name, rank, bound.rank());
      if (bound.num_elements() != channels) {
        return ModelError("{} has incorrect size, expected {} was {}", name, channels, bound.num_elements());
      }
    }
    std::vector<Grid> grids;
    for (int64_t i = 0; i < channels; ++i) {
      const float low = ctx.input(from).data<float>()[i], high = ctx.input(from + 1).data<float>()[i];
      grids.push_back(low == 0.0f && high == 0.0f ? Grid{} : Grid::Nudged(low, high, quant_min, quant_max));
      grids.back().divides = !per_channel;
    }
    return grids;
  }
};

class FakeQuant final : public Kernel {
 public:
  static Result<FakeQuant> Make(const NodeInfo& node) {
    FakeQuant kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.attrs_, GridAttrs::Make(node, 1));
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    const Tensor& input = ctx.input(0);
    const Shape shape = input.shape();
    SMCLI_ASSIGN_OR_RETURN(const int64_t channels, attrs_.Channels(shape));
    SMCLI_ASSIGN_OR_RETURN(const std::vector<Grid> grids, attrs_.Grids(ctx, channels));
    const float* x = input.data<float>();
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.AllocateOrForward(0, 0, DataType::kFloat, shape));
    float* to = out->mutable_data<float>();
    ctx.pool().ParallelFor(shape.num_elements(), ThreadPool::GrainOf(3), [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const Grid& grid = grids[static_cast<size_t>(channels == 1 ? 0 : i % channels)];
        to[i] = grid.empty() ? 0.0f : grid.Apply(x[i]);
      }
    });
    return {};
  }

 private:
  GridAttrs attrs_;
};

// (gradients, inputs[, min, max]): passed on inside the range, summed up for the bound where an input lies outside.
class FakeQuantGradient final : public Kernel {
 public:
  static Result<FakeQuantGradient> Make(const NodeInfo& node) {
    FakeQuantGradient kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.attrs_, GridAttrs::Make(node, 2));
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    const Shape shape = ctx.input(1).shape();
    SMCLI_RETURN_IF_ERROR(ExpectSameShape(ctx.input(0), "gradients", ctx.input(1), "inputs"));
    SMCLI_ASSIGN_OR_RETURN(const int64_t channels, attrs_.Channels(shape));
    SMCLI_ASSIGN_OR_RETURN(const std::vector<Grid> grids, attrs_.Grids(ctx, channels));
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, DataType::kFloat, shape));
    const float *gradients = ctx.input(0).data<float>(), *x = ctx.input(1).data<float>();
    float* to = out->mutable_data<float>();
    std::vector<float> below(grids.size()), above(grids.size());
    for (int64_t i = 0; i < shape.num_elements(); ++i) {
      const auto channel = static_cast<size_t>(channels == 1 ? 0 : i % channels);
      const Grid& grid = grids[channel];
      const bool inside = grid.empty() || (x[i] >= grid.low && x[i] <= grid.high);
      to[i] = gradients[i] * (inside ? 1.0f : 0.0f);
      if (grid.empty()) continue;
      below[channel] += gradients[i] * (x[i] < grid.low ? 1.0f : 0.0f);
      above[channel] += gradients[i] * (x[i] > grid.high ? 1.0f : 0.0f);
    }
    if (attrs_.from == 0) return {};
    ctx.set_output(1, attrs_.per_channel ? Tensor::Vector<float>(below) : Tensor::Scalar(below[0]));
    ctx.set_output(2, attrs_.per_channel ? Tensor::Vector<float>(above) : Tensor::Scalar(above[0]));
    return {};
  }

 private:
  GridAttrs attrs_;
};

template <typename K>
constexpr Op Row(std::string_view name) {
  return {.name = name, .types = {}, .make = MakeKernel<K>, .tolerance = Tolerance::kRounding};
}

constexpr Op kOps[] = {
    Row<FakeQuant>("FakeQuantWithMinMaxArgs"),
    Row<FakeQuantGradient>("FakeQuantWithMinMaxArgsGradient"),
    Row<FakeQuant>("FakeQuantWithMinMaxVars"),
    Row<FakeQuantGradient>("FakeQuantWithMinMaxVarsGradient"),
    Row<FakeQuant>("FakeQuantWithMinMaxVarsPerChannel"),
    Row<FakeQuantGradient>("FakeQuantWithMinMaxVarsPerChannelGradient"),
};

}  // namespace

std::span<const Op> FakeQuantOps() { return kOps; }

}  // namespace smcli
