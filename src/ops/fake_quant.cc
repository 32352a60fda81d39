// FakeQuantWithMinMaxArgs, -Vars and -VarsPerChannel: values moved to the grid of a quantised range and back
// (TensorFlow: kernels/fake_quant_ops_functor.h, Nudge and the functors).
#include <cmath>

#include "ops/op.h"

namespace smcli {
namespace {

// A range whose zero lies on the grid.
struct Grid {
  float low, high, scale;

  // The range [min, max] as `levels` steps from quant_min to quant_max, shifted so that zero is one of them.
  static Grid Nudged(float min, float max, float quant_min, float quant_max) {
    const float scale = (max - min) / (quant_max - quant_min);
    const float zero = quant_min - min / scale;
    const float nudged = zero < quant_min ? quant_min : zero > quant_max ? quant_max : std::round(zero);
    return {(quant_min - nudged) * scale, (quant_max - nudged) * scale, scale};
  }
  float Apply(float x) const {
    const float inverse = 1.0f / scale;
    const float clamped = std::min(std::max(x, low), high);
    return std::floor((clamped - low) * inverse + 0.5f) * scale + low;
  }
};

class FakeQuant final : public Kernel {
 public:
  static Result<FakeQuant> Make(const NodeInfo& node) {
    FakeQuant kernel;
    SMCLI_ASSIGN_OR_RETURN(const int64_t bits, node.attrs.Int("num_bits"));
    if (bits < 2 || bits > 16) return InvalidModelError("num_bits must be between 2 and 16, inclusive");
    SMCLI_ASSIGN_OR_RETURN(const bool narrow, node.attrs.Bool("narrow_range"));
    kernel.quant_min_ = narrow ? 1.0f : 0.0f;
    kernel.quant_max_ = static_cast<float>((1 << bits) - 1);
    kernel.per_channel_ = node.op == "FakeQuantWithMinMaxVarsPerChannel";
    if (node.num_inputs() == 1) {
      SMCLI_ASSIGN_OR_RETURN(kernel.min_, node.attrs.Float("min"));
      SMCLI_ASSIGN_OR_RETURN(kernel.max_, node.attrs.Float("max"));
      if (!(kernel.min_ < kernel.max_))
        return InvalidModelError("min has to be smaller than max, was: {} >= {}", kernel.min_, kernel.max_);
    }
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    const Tensor& input = ctx.input(0);
    const Shape shape = input.shape();
    const int64_t channels = per_channel_ ? (shape.rank() > 0 ? shape.dim(shape.rank() - 1) : 0) : 1;
    if (per_channel_ && shape.rank() < 1) return ModelError("inputs must be at least 1-dimensional");
    SMCLI_ASSIGN_OR_RETURN(const std::vector<Grid> grids, Grids(ctx, channels));
    const float* from = input.data<float>();
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.AllocateOrForward(0, 0, DataType::kFloat, shape));
    float* to = out->mutable_data<float>();
    ctx.pool().ParallelFor(shape.num_elements(), ThreadPool::GrainOf(3), [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const Grid& grid = grids[static_cast<size_t>(channels == 1 ? 0 : i % channels)];
        to[i] = grid.scale == 0.0f ? 0.0f : grid.Apply(from[i]);
      }
    });
    return {};
  }

 private:
  // One per channel. An empty range (min == max == 0) gives scale 0, and zeros.
  Result<std::vector<Grid>> Grids(const KernelContext& ctx, int64_t channels) const {
    if (ctx.num_inputs() == 1) return std::vector<Grid>{Grid::Nudged(min_, max_, quant_min_, quant_max_)};
    const std::array<std::string_view, 2> names = {"min", "max"};
    for (int i = 0; i < 2; ++i) {
      const Tensor& bound = ctx.input(i + 1);
      const auto& name = names[static_cast<size_t>(i)];
      const int rank = per_channel_ ? 1 : 0;
      if (bound.rank() != rank) return ModelError("`{}` must be rank {} but is rank {}", name, rank, bound.rank());
      if (bound.num_elements() != channels) {
        return ModelError("{} has incorrect size, expected {} was {}", name, channels, bound.num_elements());
      }
    }
    std::vector<Grid> grids;
    for (int64_t i = 0; i < channels; ++i) {
      const float min = ctx.input(1).data<float>()[i], max = ctx.input(2).data<float>()[i];
      grids.push_back(min == 0.0f && max == 0.0f ? Grid{0, 0, 0} : Grid::Nudged(min, max, quant_min_, quant_max_));
    }
    return grids;
  }

  float quant_min_ = 0, quant_max_ = 255, min_ = 0, max_ = 0;
  bool per_channel_ = false;
};

constexpr Op kOps[] = {
    {.name = "FakeQuantWithMinMaxArgs", .types = {}, .make = MakeKernel<FakeQuant>, .tolerance = Tolerance::kRounding},
    {.name = "FakeQuantWithMinMaxVars", .types = {}, .make = MakeKernel<FakeQuant>, .tolerance = Tolerance::kRounding},
    {.name = "FakeQuantWithMinMaxVarsPerChannel",
     .types = {},
     .make = MakeKernel<FakeQuant>,
     .tolerance = Tolerance::kRounding},
};

}  // namespace

std::span<const Op> FakeQuantOps() { return kOps; }

}  // namespace smcli
