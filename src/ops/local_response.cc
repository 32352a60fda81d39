// LRN, each channel divided by a power of the squares of its neighbours, and its gradient (TensorFlow:
// kernels/lrn_op.cc).
#include <cmath>

#include "ops/expect.h"
#include "ops/op.h"
#include "ops/through_float.h"

namespace smcli {
namespace {

template <bool kGradient>
class LocalResponse final : public Kernel {
 public:
  static Result<std::unique_ptr<Kernel>> Make(const NodeInfo& node) {
    auto kernel = std::make_unique<LocalResponse>();
    SMCLI_ASSIGN_OR_RETURN(kernel->radius_, node.attrs.Int("depth_radius"));
    SMCLI_ASSIGN_OR_RETURN(kernel->bias_, node.attrs.Float("bias"));
    SMCLI_ASSIGN_OR_RETURN(kernel->alpha_, node.attrs.Float("alpha"));
    SMCLI_ASSIGN_OR_RETURN(kernel->beta_, node.attrs.Float("beta"));
    if (kernel->radius_ < 0) return InvalidModelError("depth_radius = {} must not be negative", kernel->radius_);
    return std::unique_ptr<Kernel>(std::move(kernel));
  }
  Status Compute(KernelContext& ctx) const override {
    // The gradient's inputs are (input_grads, input_image, output_image).
    const Tensor& x = ctx.input(kGradient ? 1 : 0);
    for (int i = 0; i < ctx.num_inputs(); ++i)
      SMCLI_RETURN_IF_ERROR(ExpectSameShape(x, "input", ctx.input(i), "other"));
    if (x.rank() != 4) return ModelError("in must be 4-dimensional, got {}", x.shape().ToString());
    const int64_t depth = x.dim(3), radius = std::min(radius_, depth);
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, DataType::kFloat, x.shape()));
    if (x.num_elements() == 0) return {};
    float* to = out->mutable_data<float>();
    const double cost = static_cast<double>(depth) * (20.0 + static_cast<double>(radius));
    ctx.pool().ParallelFor(x.num_elements() / depth, ThreadPool::GrainOf(cost), [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const int64_t at = i * depth;
        if constexpr (kGradient) {
          PixelGradient(ctx.input(0).data<float>() + at, x.data<float>() + at, ctx.input(2).data<float>() + at, depth,
                        radius, to + at);
        } else {
          Pixel(x.data<float>() + at, depth, radius, to + at);
        }
      }
    });
    return {};
  }

 private:
  struct Neighbours {
    int64_t begin, end;
    float norm;
  };
  Neighbours Of(const float* x, int64_t c, int64_t depth, int64_t radius) const {
    Neighbours near{std::max<int64_t>(c - radius, 0), std::min(c + radius + 1, depth), 0};
    float squares = 0;
    for (int64_t d = near.begin; d < near.end; ++d) squares += x[d] * x[d];
    near.norm = bias_ + alpha_ * squares;
    return near;
  }
  void Pixel(const float* x, int64_t depth, int64_t radius, float* y) const {
    for (int64_t c = 0; c < depth; ++c) y[c] = x[c] * std::pow(Of(x, c, depth, radius).norm, -beta_);
  }
  void PixelGradient(const float* gradient, const float* x, const float* y, int64_t depth, int64_t radius,
                     float* out) const {
    std::fill_n(out, depth, 0.0f);
    for (int64_t c = 0; c < depth; ++c) {
      const Neighbours near = Of(x, c, depth, radius);
      for (int64_t d = near.begin; d < near.end; ++d) {
        float slope = -2.0f * alpha_ * beta_ * x[d] * y[c] / near.norm;
        if (d == c) slope += std::pow(near.norm, -beta_);
        out[d] += slope * gradient[c];
      }
    }
  }

  int64_t radius_ = 5;
  float bias_ = 1, alpha_ = 1, beta_ = 0.5f;
};

constexpr Op kOps[] = {
    {.name = "LRN",
     .types = {{{"T", DataType::kHalf | DataType::kBfloat16 | DataType::kFloat}}},
     .make = ThroughFloat<LocalResponse<false>::Make>,
     .tolerance = Tolerance::kRounding},
    {.name = "LRNGrad",
     .types = {{{"T", DataType::kHalf | DataType::kBfloat16 | DataType::kFloat}}},
     .make = ThroughFloat<LocalResponse<true>::Make>,
     .tolerance = Tolerance::kRounding},
};

}  // namespace

std::span<const Op> LocalResponseOps() { return kOps; }

}  // namespace smcli
