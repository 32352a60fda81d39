// FusedBatchNorm in its three versions: inference by given statistics, training by the batch's own.
#include <cmath>
#include <vector>

#include "ops/cast.h"
#include "ops/op.h"
#include "ops/reduction.h"
#include "ops/through_float.h"

namespace smcli {
namespace {

// x as rows of channels: [outer][channels][inner], where inner is 1 for channels-last layouts.
struct Layout {
  int axis = 0;
  int64_t outer = 1, channels = 1, inner = 1;

  Layout(const Shape& shape, bool channels_first) : axis(channels_first ? 1 : shape.rank() - 1) {
    outer = shape.Product(0, axis);
    channels = shape.dim(axis);
    inner = shape.Product(axis + 1, shape.rank());
  }
};

class FusedBatchNorm final : public Kernel {
 public:
  static Result<FusedBatchNorm> Make(const NodeInfo& node) {
    FusedBatchNorm kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.epsilon_, node.attrs.Float("epsilon"));
    // A step of a fused op has no such attribute: it infers.
    if (node.attrs.Has("is_training")) {
      SMCLI_ASSIGN_OR_RETURN(kernel.training_, node.attrs.Bool("is_training"));
    }
    SMCLI_ASSIGN_OR_RETURN(const std::string format, node.attrs.String("data_format"));
    kernel.factor_ = node.attrs.Float("exponential_avg_factor", 1.0f);
    kernel.channels_first_ = format == "NCHW" || format == "NCDHW";
    kernel.dtype_ = node.input_types[0];
    kernel.has_reserve_3_ = node.num_outputs() == 6;
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    const Tensor& x = ctx.input(0);
    if (x.rank() != 4 && x.rank() != 5) {
      return ModelError("input must be 4 or 5-dimensional, not {}", x.shape().ToString());
    }
    const Layout layout(x.shape(), channels_first_);
    constexpr const char* kNames[] = {"x", "scale", "offset", "estimated_mean", "estimated_variance"};
    for (int i = 1; i < 5; ++i) {
      const bool may_be_empty = i >= 3 && training_ && factor_ == 1.0f;
      if (ctx.input(i).rank() == 1 &&
          (ctx.input(i).dim(0) == layout.channels || (may_be_empty && ctx.input(i).dim(0) == 0))) {
        continue;
      }
      return ModelError("{} must have the same number of elements as the channels of x, got {} and {}", kNames[i],
                        ctx.input(i).shape().ToString(), layout.channels);
    }
    return training_ ? Train(ctx, layout) : Infer(ctx, layout);
  }

 private:
  Status Infer(KernelContext& ctx, const Layout& layout) const {
    SMCLI_RETURN_IF_ERROR(Normalize(ctx, layout, ctx.input(3).data<float>(), ctx.input(4).data<float>()));
    for (int i = 1; i < 5; ++i) ctx.set_output(i, ctx.input(i % 2 == 1 ? 3 : 4));
    return SetReserve3(ctx);
  }

  // The batch's mean and variance; the running ones get Bessel's correction.
  Status Train(KernelContext& ctx, const Layout& layout) const {
    SMCLI_ASSIGN_OR_RETURN(const Tensor x, CastTensor(ctx.pool(), ctx.input(0), DataType::kFloat));
    const int64_t count = layout.outer * layout.inner;
    const Shape vector{layout.channels};
    if (count == 0) return TrainOnNothing(ctx, vector);
    ReducedAxes axes;
    axes.reduced.assign(x.rank(), 1);
    axes.reduced[layout.axis] = 0;
    const Reducer sum = FindReducer(Reduction::kSum, DataType::kFloat);
    SMCLI_ASSIGN_OR_RETURN(Tensor mean, Reduce(ctx.pool(), x, axes, vector, sum));
    for (float& m : mean.mutable_flat<float>()) m /= static_cast<float>(count);
    SMCLI_ASSIGN_OR_RETURN(Tensor squares, Tensor::Make(DataType::kFloat, x.shape()));
    ForRuns(ctx.pool(), layout, [&](int64_t at, int64_t channel, int64_t n, bool along) {
      const float* from = x.data<float>() + at;
      float* to = squares.mutable_data<float>() + at;
      const float* m = mean.data<float>() + channel;
      for (int64_t i = 0; i < n; ++i) to[i] = (from[i] - m[along ? i : 0]) * (from[i] - m[along ? i : 0]);
    });
    SMCLI_ASSIGN_OR_RETURN(Tensor variance, Reduce(ctx.pool(), squares, axes, vector, sum));
    for (float& v : variance.mutable_flat<float>()) v /= static_cast<float>(count);
    SMCLI_RETURN_IF_ERROR(Normalize(ctx, layout, mean.data<float>(), variance.data<float>()));
    const float correction = static_cast<float>(count) / static_cast<float>(std::max<int64_t>(count - 1, 1));
    SMCLI_RETURN_IF_ERROR(SetRunning(ctx, 1, mean, 1, ctx.input(3)));
    SMCLI_RETURN_IF_ERROR(SetRunning(ctx, 2, variance, correction, ctx.input(4)));
    ctx.set_output(3, std::move(mean));
    ctx.set_output(4, std::move(variance));
    return SetReserve3(ctx);
  }

  Status TrainOnNothing(KernelContext& ctx, const Shape& vector) const {
    SMCLI_ASSIGN_OR_RETURN(Tensor * y, ctx.Allocate(0, dtype_, ctx.input(0).shape()));
    static_cast<void>(y);
    for (int i = 1; i < 5; ++i) {
      SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(i, DataType::kFloat, vector));
      std::ranges::fill(out->mutable_flat<float>(), i < 3 ? NAN : 0.0f);
    }
    return SetReserve3(ctx);
  }

  // output = (1 - factor) * before + factor * correction * statistic
  Status SetRunning(KernelContext& ctx, int index, const Tensor& statistic, float correction,
                    const Tensor& before) const {
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(index, DataType::kFloat, statistic.shape()));
    float* to = out->mutable_data<float>();
    for (int64_t i = 0; i < statistic.num_elements(); ++i) {
      const float now = statistic.data<float>()[i] * correction;
      to[i] = factor_ == 1.0f ? now : (1 - factor_) * before.data<float>()[i] + factor_ * now;
    }
    return {};
  }

  Status SetReserve3(KernelContext& ctx) const {
    if (has_reserve_3_) ctx.set_output(5, Tensor::Scalar(0.0f));
    return {};
  }

  // f(first element, its channel, count, along): runs of elements on end, either one channel after the other (along) or
  // all of one channel.
  template <typename F>
  static void ForRuns(ThreadPool& pool, const Layout& layout, F&& f) {
    const int64_t run = layout.inner == 1 ? layout.channels : layout.inner;
    const int64_t runs = layout.inner == 1 ? layout.outer : layout.outer * layout.channels;
    pool.ParallelFor(runs, ThreadPool::GrainOf(0.5 * static_cast<double>(run)), [&](int64_t begin, int64_t end) {
      for (int64_t r = begin; r < end; ++r) {
        f(r * run, layout.inner == 1 ? 0 : r % layout.channels, run, layout.inner == 1);
      }
    });
  }

  // y = x * factor + shift with a factor and a shift for each channel, in float.
  Status Normalize(KernelContext& ctx, const Layout& layout, const float* mean, const float* variance) const {
    const float* scale = ctx.input(1).data<float>();
    const float* offset = ctx.input(2).data<float>();
    std::vector<float> factor(static_cast<size_t>(layout.channels));
    for (size_t c = 0; c < factor.size(); ++c) factor[c] = scale[c] / std::sqrt(variance[c] + epsilon_);
    SMCLI_ASSIGN_OR_RETURN(const Tensor x, CastTensor(ctx.pool(), ctx.input(0), DataType::kFloat));
    SMCLI_ASSIGN_OR_RETURN(Tensor y, Tensor::Make(DataType::kFloat, x.shape()));
    if (x.num_elements() > 0) {
      float* to_all = y.mutable_data<float>();
      ForRuns(ctx.pool(), layout, [&](int64_t at, int64_t channel, int64_t n, bool along) {
        const float* from = x.data<float>() + at;
        float* to = to_all + at;
        const float *m = mean + channel, *f = factor.data() + channel, *o = offset + channel;
        if (along) {
          for (int64_t i = 0; i < n; ++i) to[i] = (from[i] - m[i]) * f[i] + o[i];
        } else {
          for (int64_t i = 0; i < n; ++i) to[i] = (from[i] - *m) * *f + *o;
        }
      });
    }
    SMCLI_ASSIGN_OR_RETURN(y, CastTensor(ctx.pool(), y, dtype_));
    ctx.set_output(0, std::move(y));
    return {};
  }

  float epsilon_ = 0, factor_ = 1;
  bool training_ = false, channels_first_ = false, has_reserve_3_ = false;
  DataType dtype_ = DataType::kInvalid;
};

// BatchNormWithGlobalNormalization, of graphs from before 2016: (t, mean, variance, beta, gamma), channels last.
class GlobalNormalization final : public Kernel {
 public:
  static Result<GlobalNormalization> Make(const NodeInfo& node) {
    GlobalNormalization kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.epsilon_, node.attrs.Float("variance_epsilon"));
    SMCLI_ASSIGN_OR_RETURN(kernel.scale_, node.attrs.Bool("scale_after_normalization"));
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const Tensor& x = ctx.input(0);
    if (x.rank() != 4) return ModelError("input must be 4-dimensional, not {}", x.shape().ToString());
    const int64_t channels = x.dim(3);
    for (int i = 1; i < 5; ++i) {
      if (ctx.input(i).shape() == Shape{channels}) continue;
      return ModelError("input {} must have shape [{}], not {}", i, channels, ctx.input(i).shape().ToString());
    }
    SMCLI_ASSIGN_OR_RETURN(Tensor * y, ctx.Allocate(0, DataType::kFloat, x.shape()));
    const float *from = x.data<float>(), *mean = ctx.input(1).data<float>(), *variance = ctx.input(2).data<float>();
    const float *beta = ctx.input(3).data<float>(), *gamma = ctx.input(4).data<float>();
    float* to = y->mutable_data<float>();
    for (int64_t i = 0; i < x.num_elements(); ++i) {
      const int64_t c = i % channels;
      to[i] = (from[i] - mean[c]) / std::sqrt(variance[c] + epsilon_) * (scale_ ? gamma[c] : 1.0f) + beta[c];
    }
    return {};
  }

 private:
  float epsilon_ = 0;
  bool scale_ = true;
};

constexpr DataTypeSet kTypes = DataType::kFloat | DataType::kHalf | DataType::kBfloat16;

constexpr Op kOps[] = {
    {.name = "BatchNormWithGlobalNormalization",
     .types = {{{"T", DataType::kFloat | DataType::kHalf}}},
     .make = ThroughFloat<MakeKernel<GlobalNormalization>>,
     .tolerance = Tolerance::kRounding},
    {.name = "FusedBatchNorm",
     .types = {{{"T", DataType::kFloat}}},
     .make = MakeKernel<FusedBatchNorm>,
     .tolerance = Tolerance::kRounding},
    {.name = "FusedBatchNormV2",
     .types = {{{"T", kTypes}, {"U", DataType::kFloat}}},
     .make = MakeKernel<FusedBatchNorm>,
     .tolerance = Tolerance::kRounding},
    {.name = "FusedBatchNormV3",
     .types = {{{"T", kTypes}, {"U", DataType::kFloat}}},
     .make = MakeKernel<FusedBatchNorm>,
     .tolerance = Tolerance::kRounding},
};

}  // namespace

std::span<const Op> BatchNormOps() { return kOps; }

}  // namespace smcli
