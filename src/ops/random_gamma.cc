// RandomGamma, StatelessRandomGammaV2 and V3: Marsaglia and Tsang, "A simple method for generating gamma variables"
// (2000), with the draws in the order of kernels/random_op.cc of TensorFlow.
#include <algorithm>
#include <cmath>
#include <limits>

#include "ops/expect.h"
#include "ops/int_args.h"
#include "ops/op.h"
#include "ops/random_distributions.h"
#include "ops/random_fill.h"
#include "ops/random_source.h"

namespace smcli {
namespace {

// Uniform and normal doubles, each in pairs of which the second is used first.
class Draws {
 public:
  explicit Draws(const Philox& philox) : philox_(philox) {}

  double Uniform() {
    if (uniforms_ == 0) {
      const Philox::Words words = philox_();
      uniform_[0] = UnitDouble(words[0], words[1]);
      uniform_[1] = UnitDouble(words[2], words[3]);
      uniforms_ = 2;
    }
    return uniform_[--uniforms_];
  }
  double Normal() {
    if (normals_ == 0) {
      const Philox::Words words = philox_();
      const auto [first, second] = NormalDoubles(words[0], words[1], words[2], words[3]);
      normal_[0] = first;
      normal_[1] = second;
      normals_ = 2;
    }
    return normal_[--normals_];
  }

 private:
  Philox philox_;
  double uniform_[2] = {};
  double normal_[2] = {};
  int uniforms_ = 0;
  int normals_ = 0;
};

double Gamma(double alpha, Draws& draws) {
  if (alpha == 1.0) return -std::log1p(-draws.Uniform());
  // Not a shape parameter: no draw would ever be accepted.
  if (!(alpha > 0) || std::isinf(alpha)) return std::numeric_limits<double>::quiet_NaN();
  const bool small = alpha < 1;
  const double d = alpha + (small ? 2.0 / 3 : -1.0 / 3);
  const double c = 1.0 / 3 / std::sqrt(d);
  while (true) {
    const double x = draws.Normal();
    double v = 1 + c * x;
    if (v <= 0) continue;
    v = v * v * v;
    const double u = draws.Uniform();
    const bool inside = u < 1 - 0.0331 * (x * x) * (x * x);
    if (!inside && !(std::log(u) < 0.5 * x * x + d * (1 - v + std::log(v)))) continue;
    return small ? d * v * std::pow(draws.Uniform(), 1 / alpha) : d * v;
  }
}

template <typename T>
void Fill(KernelContext& ctx, const Tensor& alpha, Tensor* output, const Philox& philox) {
  const int64_t alphas = alpha.num_elements();
  const int64_t count = output->num_elements();
  const int64_t per_alpha = count / alphas;
  T* out = output->mutable_data<T>();
  ctx.pool().ParallelFor(count, 256, [&](int64_t begin, int64_t end) {
    // Numbers are drawn alpha by alpha and stored with the alphas innermost.
    for (int64_t i = begin; i < end; ++i) {
      const int64_t which = i / per_alpha;
      Philox start = philox;
      start.Skip(static_cast<uint64_t>(i) * 256);
      Draws draws(start);
      double shape;
      if constexpr (std::is_same_v<T, double>) {
        shape = alpha.data<T>()[which];
      } else {
        shape = static_cast<double>(static_cast<float>(alpha.data<T>()[which]));
      }
      const double number = Gamma(shape, draws);
      if constexpr (std::is_same_v<T, double>) {
        out[i % per_alpha * alphas + which] = number;
      } else {
        out[i % per_alpha * alphas + which] = T(static_cast<float>(number));
      }
    }
  });
}

class RandomGamma final : public Kernel {
 public:
  static Result<RandomGamma> Make(const NodeInfo& node) {
    RandomGamma kernel;
    kernel.version_ = node.op == "RandomGamma" ? 1 : node.op.ends_with("V2") ? 2 : 3;
    kernel.dtype_ = node.output_types[0];
    if (kernel.version_ == 1) {
      SMCLI_ASSIGN_OR_RETURN(kernel.source_, SeededSource::Of(node));
    }
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    const Tensor& alpha = ctx.input(ctx.num_inputs() - 1);
    SMCLI_ASSIGN_OR_RETURN(Shape shape, RandomShape(ctx.input(0)));
    if (version_ == 1) {
      IntList dims(shape.dims());
      if (dims.size() + alpha.rank() > kMaxRank) return ModelError("too many dimensions");
      dims.append(alpha.shape().dims());
      SMCLI_ASSIGN_OR_RETURN(shape, CheckedShape(dims));
    } else if (!EndsWith(shape, alpha.shape())) {
      return ModelError("shape {} must end with the shape {} of alpha", shape.ToString(), alpha.shape().ToString());
    }
    SMCLI_ASSIGN_OR_RETURN(Tensor * output, ctx.Allocate(0, dtype_, shape));
    if (shape.num_elements() == 0) return {};
    SMCLI_ASSIGN_OR_RETURN(const Philox philox, Source(ctx, shape.num_elements()));
    DispatchFloats(dtype_, [&](auto tag) { Fill<typename decltype(tag)::type>(ctx, alpha, output, philox); });
    return {};
  }

 private:
  static bool EndsWith(const Shape& shape, const Shape& end) {
    const int outer = shape.rank() - end.rank();
    return outer >= 0 && std::ranges::equal(shape.dims().subspan(static_cast<size_t>(outer)), end.dims());
  }

  Result<Philox> Source(KernelContext& ctx, int64_t count) const {
    if (version_ == 1) return source_.Reserve(ctx, ReservedCounts(count));
    if (version_ == 2) return PhiloxOfSeed(ctx.input(1));
    return PhiloxOfKey(ctx.input(1), ctx.input(2), ctx.input(3));
  }

  SeededSource source_;
  DataType dtype_ = DataType::kFloat;
  int version_ = 1;
};

constexpr DataTypeSet kGammaTypes = DataType::kHalf | DataType::kFloat | DataType::kDouble;

constexpr Op kOps[] = {
    {.name = "RandomGamma",
     .types = {{{"T", kGammaTypes}}},
     .make = MakeKernel<RandomGamma>,
     .tolerance = Tolerance::kRandom,
     .pure = false},
    {.name = "StatelessRandomGammaV2", .types = {{{"dtype", kGammaTypes}}}, .make = MakeKernel<RandomGamma>},
    {.name = "StatelessRandomGammaV3", .types = {{{"dtype", kGammaTypes}}}, .make = MakeKernel<RandomGamma>},
};

}  // namespace

std::span<const Op> RandomGammaOps() { return kOps; }

}  // namespace smcli
