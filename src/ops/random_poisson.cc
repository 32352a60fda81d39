// RandomPoisson, RandomPoissonV2 and StatelessRandomPoisson (TensorFlow: kernels/random_poisson_op.cc), with its order
// of draws.
#include <cmath>
#include <limits>

#include "ops/cast.h"
#include "ops/int_args.h"
#include "ops/op.h"
#include "ops/random_distributions.h"
#include "ops/random_fill.h"
#include "ops/random_source.h"

namespace smcli {
namespace {

// Uniform numbers are multiplied until the product falls below exp(-rate) (D. Knuth, "The art of computer
// programming").
double MultiplyPoisson(double rate, double largest, const Philox& philox) {
  UniformDoubles uniform(philox);
  const double end = std::exp(-rate);
  double product = 1;
  for (double drawn = 0;; ++drawn) {
    product *= uniform();
    if (product <= end && drawn <= largest) return drawn;
  }
}

// W. Hormann, "The transformed rejection method for generating Poisson random variables" (1993), algorithm PTRS.
double RejectPoisson(double rate, double largest, const Philox& philox) {
  const double b = 0.931 + 2.53 * std::sqrt(rate), a = -0.059 + 0.02483 * b;
  const double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4), log_rate = std::log(rate);
  UniformDoubles uniform(philox);
  for (;;) {
    const double u = uniform() - 0.5, v = uniform();
    const double shifted = 0.5 - std::abs(u), k = std::floor((2 * a / shifted + b) * u + rate + 0.43);
    if (k > largest) continue;
    if (shifted >= 0.07 && v <= 0.9277 - 3.6224 / (b - 2)) return k;
    if (k < 0 || (shifted < 0.013 && v > shifted)) continue;
    const double s = std::log(v * inverse_alpha / (a / (shifted * shifted) + b));
    if (s <= -rate + k * log_rate - std::lgamma(k + 1)) return k;
  }
}

// The largest number of the dtype; draws beyond it are drawn again.
double Largest(DataType dtype) {
  switch (dtype) {
    case DataType::kHalf: return 65504;
    case DataType::kFloat: return std::numeric_limits<float>::max();
    case DataType::kInt32: return std::numeric_limits<int32_t>::max();
    case DataType::kInt64: return 9223372036854774784.0;
    default: return std::numeric_limits<double>::max();
  }
}

double DrawPoisson(double rate, double largest, const Philox& philox) {
  // No rate, or one whose numbers have no room: no draw would ever be accepted.
  if (!(rate >= 0) || rate > largest / 2) return std::numeric_limits<double>::quiet_NaN();
  return rate < 10 ? MultiplyPoisson(rate, largest, philox) : RejectPoisson(rate, largest, philox);
}

class RandomPoisson final : public Kernel {
 public:
  static Result<RandomPoisson> Make(const NodeInfo& node) {
    RandomPoisson kernel;
    kernel.dtype_ = node.output_types[0];
    kernel.stateless_ = node.op == "StatelessRandomPoisson";
    if (!kernel.stateless_) {
      SMCLI_ASSIGN_OR_RETURN(kernel.source_, SeededSource::Of(node));
    }
    return kernel;
  }

  // The answer is [samples..., rates...]; samples of one rate are drawn one after the other.
  Status Compute(KernelContext& ctx) const override {
    SMCLI_ASSIGN_OR_RETURN(const Tensor rates,
                           CastTensor(ctx.pool(), ctx.input(stateless_ ? 2 : 1), DataType::kDouble));
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, OutputShape(ctx.input(0), rates.shape()));
    SMCLI_ASSIGN_OR_RETURN(Tensor drawn, Tensor::Make(DataType::kDouble, shape));
    if (shape.num_elements() > 0) {
      Philox philox;
      if (stateless_) {
        SMCLI_ASSIGN_OR_RETURN(philox, PhiloxOfSeed(ctx.input(1)));
      } else {
        SMCLI_ASSIGN_OR_RETURN(philox, source_.Reserve(ctx, ReservedCounts(shape.num_elements())));
      }
      Fill(ctx.pool(), rates, philox, drawn);
    }
    SMCLI_ASSIGN_OR_RETURN(drawn, CastTensor(ctx.pool(), drawn, dtype_));
    ctx.set_output(0, std::move(drawn));
    return {};
  }

 private:
  Result<Shape> OutputShape(const Tensor& tensor, const Shape& rates) const {
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, RandomShape(tensor));
    if (stateless_) {
      const int outer = shape.rank() - rates.rank();
      if (outer >= 0 && std::ranges::equal(shape.dims().subspan(static_cast<size_t>(outer)), rates.dims())) {
        return shape;
      }
      return ModelError("shape {} must end with the shape {} of lam", shape.ToString(), rates.ToString());
    }
    IntList dims(shape.dims());
    if (dims.size() + rates.rank() > kMaxRank) return ModelError("too many dimensions");
    dims.append(rates.dims());
    return CheckedShape(dims);
  }

  void Fill(ThreadPool& pool, const Tensor& rates, const Philox& philox, Tensor& out) const {
    const int64_t count = rates.num_elements(), samples = out.num_elements() / count;
    const double largest = Largest(dtype_);
    double* to = out.mutable_data<double>();
    pool.ParallelFor(out.num_elements(), ThreadPool::GrainOf(300), [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        Philox start = philox;
        start.Skip(static_cast<uint64_t>(i) * 256);
        to[i % samples * count + i / samples] = DrawPoisson(rates.data<double>()[i / samples], largest, start);
      }
    });
  }

  SeededSource source_;
  DataType dtype_ = DataType::kInt64;
  bool stateless_ = false;
};

constexpr DataTypeSet kNumberTypes =
    DataType::kHalf | DataType::kFloat | DataType::kDouble | DataType::kInt32 | DataType::kInt64;

constexpr Op kOps[] = {
    {.name = "RandomPoisson",
     .types = {{{"dtype", DataType::kHalf | DataType::kFloat | DataType::kDouble}}},
     .make = MakeKernel<RandomPoisson>,
     .tolerance = Tolerance::kRandom,
     .pure = false},
    {.name = "RandomPoissonV2",
     .types = {{{"R", kNumberTypes}, {"dtype", kNumberTypes}}},
     .make = MakeKernel<RandomPoisson>,
     .tolerance = Tolerance::kRandom,
     .pure = false},
    {.name = "StatelessRandomPoisson",
     .types = {{{"Rtype", kNumberTypes}, {"dtype", kNumberTypes}}},
     .make = MakeKernel<RandomPoisson>,
     .tolerance = Tolerance::kRounding},
};

}  // namespace

std::span<const Op> RandomPoissonOps() { return kOps; }

}  // namespace smcli
