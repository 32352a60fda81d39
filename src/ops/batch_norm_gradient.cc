// FusedBatchNormGrad in its three versions (TensorFlow: kernels/fused_batch_norm_op.cc).
#include <cmath>
#include <vector>

#include "ops/op.h"
#include "ops/through_float.h"

namespace smcli {
namespace {

// Sums over all pixels of a channel, in double.
struct ChannelSums {
  double gradient = 0;  // of dy
  double product = 0;   // of dy (x - mean)
};

// (y_backprop, x, scale, mean, variance): in training the mean and variance of the batch, on which x acts too.
class BatchNormGradient final : public Kernel {
 public:
  static Result<std::unique_ptr<Kernel>> Make(const NodeInfo& node) {
    auto kernel = std::make_unique<BatchNormGradient>();
    SMCLI_ASSIGN_OR_RETURN(kernel->epsilon_, node.attrs.Float("epsilon"));
    SMCLI_ASSIGN_OR_RETURN(kernel->training_, node.attrs.Bool("is_training"));
    SMCLI_ASSIGN_OR_RETURN(const std::string format, node.attrs.String("data_format"));
    kernel->channels_first_ = format.starts_with("NC");
    return std::unique_ptr<Kernel>(std::move(kernel));
  }

  Status Compute(KernelContext& ctx) const override {
    const Tensor& gradient = ctx.input(0);
    const Tensor& x = ctx.input(1);
    if (x.rank() != 4 && x.rank() != 5) {
      return ModelError("input must be 4 or 5-dimensional, not {}", x.shape().ToString());
    }
    if (!(gradient.shape() == x.shape())) {
      return ModelError("x and y_backprop must have the same shape: {} vs. {}", x.shape().ToString(),
                        gradient.shape().ToString());
    }
    const int axis = channels_first_ ? 1 : x.rank() - 1;
    const Shape channels{x.dim(axis)};
    for (int i = 2; i < 5; ++i) {
      if (ctx.input(i).shape() == channels) continue;
      return ModelError("input {} must have shape {}, got {}", i, channels.ToString(), ctx.input(i).shape().ToString());
    }
    const int64_t inner = x.shape().Product(axis + 1, x.rank());
    const auto channel_of = [&](int64_t i) { return static_cast<size_t>(i / inner % x.dim(axis)); };
    std::vector<ChannelSums> sums(static_cast<size_t>(x.dim(axis)));
    const float *dy = gradient.data<float>(), *from = x.data<float>(), *mean = ctx.input(3).data<float>();
    for (int64_t i = 0; i < x.num_elements(); ++i) {
      ChannelSums& sum = sums[channel_of(i)];
      sum.gradient += static_cast<double>(dy[i]);
      sum.product += static_cast<double>(dy[i]) * static_cast<double>(from[i] - mean[channel_of(i)]);
    }
    SMCLI_RETURN_IF_ERROR(PutParameterGradients(ctx, sums));
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, DataType::kFloat, x.shape()));
    float* to = out->mutable_data<float>();
    const double count = static_cast<double>(x.num_elements()) / static_cast<double>(std::max<int64_t>(x.dim(axis), 1));
    for (int64_t i = 0; i < x.num_elements(); ++i) {
      const size_t c = channel_of(i);
      const double inverse = InverseDeviation(ctx, c);
      double slope = static_cast<double>(dy[i]);
      if (training_) {
        slope -= sums[c].gradient / count;
        slope -= static_cast<double>(from[i] - mean[c]) * inverse * inverse * sums[c].product / count;
      }
      to[i] = static_cast<float>(slope * inverse * static_cast<double>(ctx.input(2).data<float>()[c]));
    }
    return {};
  }

 private:
  double InverseDeviation(const KernelContext& ctx, size_t channel) const {
    return 1 / std::sqrt(static_cast<double>(ctx.input(4).data<float>()[channel] + epsilon_));
  }

  // Of scale and offset; outputs 3 and 4 are places that nobody uses.
  Status PutParameterGradients(KernelContext& ctx, const std::vector<ChannelSums>& sums) const {
    const Shape channels{static_cast<int64_t>(sums.size())};
    SMCLI_ASSIGN_OR_RETURN(Tensor * scale, ctx.Allocate(1, DataType::kFloat, channels));
    SMCLI_ASSIGN_OR_RETURN(Tensor * offset, ctx.Allocate(2, DataType::kFloat, channels));
    for (size_t c = 0; c < sums.size(); ++c) {
      scale->mutable_data<float>()[c] = static_cast<float>(sums[c].product * InverseDeviation(ctx, c));
      offset->mutable_data<float>()[c] = static_cast<float>(sums[c].gradient);
    }
    for (int i = 3; i < 5; ++i) {
      SMCLI_ASSIGN_OR_RETURN(Tensor * unused, ctx.Allocate(i, DataType::kFloat, Shape{0}));
      static_cast<void>(unused);
    }
    return {};
  }

  float epsilon_ = 0;
  bool training_ = true, channels_first_ = false;
};

constexpr DataTypeSet kTypes = DataType::kFloat | DataType::kHalf | DataType::kBfloat16;
constexpr KernelFactory kGradient = ThroughFloat<BatchNormGradient::Make>;

constexpr Op kOps[] = {
    {.name = "FusedBatchNormGrad",
     .types = {{{"T", DataType::kFloat}}},
     .make = kGradient,
     .tolerance = Tolerance::kRounding},
    {.name = "FusedBatchNormGradV2", .types = {{{"T", kTypes}}}, .make = kGradient, .tolerance = Tolerance::kRounding},
    {.name = "FusedBatchNormGradV3", .types = {{{"T", kTypes}}}, .make = kGradient, .tolerance = Tolerance::kRounding},
};

}  // namespace

std::span<const Op> BatchNormGradientOps() { return kOps; }

}  // namespace smcli
