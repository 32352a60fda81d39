// LRN: each channel divided by a power of the squares of its neighbours (TensorFlow: kernels/lrn_op.cc).
#include <cmath>

#include "ops/op.h"
#include "ops/through_float.h"

namespace smcli {
namespace {

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
    const Tensor& x = ctx.input(0);
    if (x.rank() != 4) return ModelError("in must be 4-dimensional, got {}", x.shape().ToString());
    const int64_t depth = x.dim(3), radius = std::min(radius_, depth);
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, DataType::kFloat, x.shape()));
    if (x.num_elements() == 0) return {};
    float* to = out->mutable_data<float>();
    const double cost = static_cast<double>(depth) * (20.0 + static_cast<double>(radius));
    ctx.pool().ParallelFor(x.num_elements() / depth, ThreadPool::GrainOf(cost), [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) Pixel(x.data<float>() + i * depth, depth, radius, to + i * depth);
    });
    return {};
  }

 private:
  void Pixel(const float* x, int64_t depth, int64_t radius, float* y) const {
    for (int64_t c = 0; c < depth; ++c) {
      float squares = 0;
      for (int64_t d = std::max<int64_t>(c - radius, 0); d < std::min(c + radius + 1, depth); ++d)
        squares += x[d] * x[d];
      y[c] = x[c] * std::pow(bias_ + alpha_ * squares, -beta_);
    }
  }

  int64_t radius_ = 5;
  float bias_ = 1, alpha_ = 1, beta_ = 0.5f;
};

constexpr Op kOps[] = {
    {.name = "LRN",
     .types = {{{"T", DataType::kHalf | DataType::kBfloat16 | DataType::kFloat}}},
     .make = ThroughFloat<LocalResponse::Make>,
     .tolerance = Tolerance::kRounding},
};

}  // namespace

std::span<const Op> LocalResponseOps() { return kOps; }

}  // namespace smcli
