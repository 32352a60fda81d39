// Multinomial and StatelessMultinomial: classes drawn by unnormalised log probabilities.
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "ops/expect.h"
#include "ops/int_args.h"
#include "ops/op.h"
#include "ops/random_distributions.h"
#include "ops/random_source.h"

namespace smcli {
namespace {

// The class of each sample is found in the running sums of the probabilities, which are kept in double
// (kernels/multinomial_op.cc). Classes whose logit is not finite are never drawn.
template <typename T, typename Out>
void Draw(const Tensor& logits, int64_t samples, const Philox& philox, Out* out) {
  const int64_t classes = logits.dim(1);
  PhiloxWords words(philox);
  std::vector<double> sums(static_cast<size_t>(classes));
  for (int64_t row = 0; row < logits.dim(0); ++row) {
    const T* logit = logits.data<T>() + row * classes;
    double largest = std::numeric_limits<T>::lowest();
    for (int64_t c = 0; c < classes; ++c) {
      if (std::isfinite(logit[c])) largest = std::max(largest, static_cast<double>(logit[c]));
    }
    double total = 0;
    for (int64_t c = 0; c < classes; ++c) {
      if (std::isfinite(logit[c])) total += std::exp(static_cast<double>(logit[c]) - largest);
      sums[static_cast<size_t>(c)] = total;
    }
    for (int64_t s = 0; s < samples; ++s) {
      const uint32_t high = words();
      const double wanted = UnitDouble(high, words()) * total;
      *out++ = static_cast<Out>(std::ranges::upper_bound(sums, wanted) - sums.begin());
    }
  }
}

Result<Tensor> InSinglePrecision(const Tensor& logits) {
  if (logits.dtype() != DataType::kHalf && logits.dtype() != DataType::kBfloat16) return logits;
  SMCLI_ASSIGN_OR_RETURN(Tensor wide, Tensor::Make(DataType::kFloat, logits.shape()));
  DispatchFloats(logits.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    std::ranges::transform(logits.flat<T>(), wide.mutable_data<float>(), [](T x) { return static_cast<float>(x); });
  });
  return wide;
}

class Multinomial final : public Kernel {
 public:
  static Result<Multinomial> Make(const NodeInfo& node) {
    Multinomial kernel;
    kernel.dtype_ = node.output_types[0];
    kernel.stateless_ = node.op == "StatelessMultinomial";
    if (!kernel.stateless_) {
      SMCLI_ASSIGN_OR_RETURN(kernel.source_, SeededSource::Of(node));
    }
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    SMCLI_RETURN_IF_ERROR(ExpectMatrix(ctx.input(0), "logits"));
    SMCLI_ASSIGN_OR_RETURN(const Tensor logits, InSinglePrecision(ctx.input(0)));
    SMCLI_ASSIGN_OR_RETURN(const int64_t samples, ScalarInt(ctx.input(1), "num_samples"));
    if (samples < 0) return ModelError("num_samples should be nonnegative, got {}", samples);
    if (logits.dim(1) <= 0) return ModelError("num_classes should be positive, got {}", logits.dim(1));
    const int64_t dims[] = {logits.dim(0), samples};
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, CheckedShape(dims));
    SMCLI_ASSIGN_OR_RETURN(Tensor * output, ctx.Allocate(0, dtype_, shape));
    if (shape.num_elements() == 0) return {};
    SMCLI_ASSIGN_OR_RETURN(const Philox philox, Source(ctx, logits.dim(0) * ((samples + 3) / 4 * 4)));
    const auto draw = [&]<typename Out>(Out* out) {
      if (logits.dtype() == DataType::kDouble) {
        Draw<double>(logits, samples, philox, out);
      } else {
        Draw<float>(logits, samples, philox, out);
      }
    };
    if (dtype_ == DataType::kInt64) {
      draw(output->mutable_data<int64_t>());
    } else {
      draw(output->mutable_data<int32_t>());
    }
    return {};
  }

 private:
  Result<Philox> Source(KernelContext& ctx, int64_t numbers) const {
    // A double takes two words.
    return stateless_ ? PhiloxOfSeed(ctx.input(2)) : source_.Reserve(ctx, static_cast<uint64_t>(numbers) * 2 * 256);
  }

  SeededSource source_;
  DataType dtype_ = DataType::kInt64;
  bool stateless_ = false;
};

constexpr Op kOps[] = {
    {.name = "Multinomial",
     .types = {{{"T", kFloats}}},
     .make = MakeKernel<Multinomial>,
     .tolerance = Tolerance::kRandom,
     .pure = false},
    {.name = "StatelessMultinomial", .types = {{{"T", kFloats}}}, .make = MakeKernel<Multinomial>},
};

}  // namespace

std::span<const Op> RandomMultinomialOps() { return kOps; }

}  // namespace smcli
