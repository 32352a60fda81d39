// StatelessRandomBinomial, StatefulRandomBinomial and (Stateless)ParameterizedTruncatedNormal: numbers whose
// distribution the elements of other tensors decide (TensorFlow: kernels/random_binomial_op.cc,
// parameterized_truncated_normal_op.cc).
#include <array>
#include <cmath>
#include <limits>
#include <optional>

#include "ops/broadcast.h"
#include "ops/cast.h"
#include "ops/op.h"
#include "ops/random_distributions.h"
#include "ops/random_fill.h"
#include "ops/random_source.h"

namespace smcli {
namespace {

// The answer is [samples..., parameters...], or the other way round; samples of one parameter are drawn one after the
// other.
struct Batches {
  Shape out, parameters;
  int64_t samples = 1;
  bool batch_first = false;

  int64_t count() const { return parameters.num_elements(); }
  int64_t PlaceOf(int64_t batch, int64_t sample) const {
    return batch_first ? batch * samples + sample : sample * count() + batch;
  }
};

// Of the shape at input `shape` and `count` parameters from input `first` on.
Result<Batches> BatchesOf(const KernelContext& ctx, int shape, int first, int count) {
  Batches batches;
  SMCLI_ASSIGN_OR_RETURN(batches.out, RandomShape(ctx.input(shape)));
  for (int i = first; i < first + count; ++i) {
    SMCLI_ASSIGN_OR_RETURN(batches.parameters, BroadcastShape(batches.parameters, ctx.input(i).shape()));
  }
  const int more = batches.out.rank() - batches.parameters.rank();
  if (more < 0 ||
      !std::ranges::equal(batches.out.dims().subspan(static_cast<size_t>(more)), batches.parameters.dims())) {
    return ModelError("Shape passed in must end with broadcasted shape.");
  }
  batches.samples = batches.out.Product(0, more);
  return batches;
}

// The parameter in `tensor` of each batch.
template <typename T>
class Parameter {
 public:
  Parameter(const Tensor& tensor, const Shape& shape) : data_(tensor.data<T>()), walk_(tensor.shape(), shape) {}
  T operator[](int64_t batch) const { return data_[walk_.whole() ? batch : walk_.Seek(batch).offset]; }

 private:
  const T* data_;
  BroadcastWalk walk_;
};

// Geometric numbers are added up until they exceed `count`.
double InvertBinomial(double count, double probability, const Philox& philox) {
  UniformDoubles uniform(philox);
  double sum = 0, drawn = 0;
  for (;; ++drawn) {
    sum += std::ceil(std::log(uniform()) / std::log1p(-probability));
    if (!(sum <= count)) return drawn;
  }
}

// log(k!) less Stirling's approximation of it.
double StirlingTail(double k) {
  constexpr double kFirst[] = {0.0810614667953272,  0.0413406959554092, 0.0276779256849983, 0.02079067210376509,
                               0.0166446911898211,  0.0138761288230707, 0.0118967099458917, 0.0104112652619720,
                               0.00925546218271273, 0.00833056343336287};
  if (k <= 9) return kFirst[static_cast<int>(std::max(k, 0.0))];
  const double square = (k + 1) * (k + 1);
  return (1.0 / 12 - (1.0 / 360 - 1.0 / 1260 / square) / square) / (k + 1);
}

// W. Hormann, "The generation of binomial random variates" (1993), algorithm BTRS with one more logarithm.
double RejectBinomial(double count, double probability, const Philox& philox) {
  const double deviation = std::sqrt(count * probability * (1 - probability));
  const double b = 1.15 + 2.53 * deviation, a = -0.0873 + 0.0248 * b + 0.01 * probability;
  const double c = count * probability + 0.5, v_r = 0.92 - 4.2 / b, r = probability / (1 - probability);
  const double alpha = (2.83 + 5.1 / b) * deviation, m = std::floor((count + 1) * probability);
  UniformDoubles uniform(philox);
  for (int tries = 0; tries < 100000; ++tries) {
    const double u = uniform() - 0.5;
    double v = uniform();
    const double us = 0.5 - std::abs(u), k = std::floor((2 * a / us + b) * u + c);
    if (us >= 0.07 && v <= v_r) return k;
    if (k < 0 || k > count) continue;
    v = std::log(v * alpha / (a / (us * us) + b));
    const double bound = (m + 0.5) * std::log((m + 1) / (r * (count - m + 1))) +
                         (count + 1) * std::log((count - m + 1) / (count - k + 1)) +
                         (k + 0.5) * std::log(r * (count - k + 1) / (k + 1)) + StirlingTail(m) +
                         StirlingTail(count - m) - StirlingTail(k) - StirlingTail(count - k);
    if (v <= bound) return k;
  }
  return std::numeric_limits<double>::quiet_NaN();  // parameters without sense, such as an infinite count
}

// Sample `index` of all.
template <typename T>
double DrawBinomial(T count, T probability, int64_t index, Philox philox) {
  const auto n = static_cast<double>(count);
  if (n != n || probability != probability) return std::numeric_limits<double>::quiet_NaN();
  if (n <= 0 || probability <= T(0)) return 0;
  if (probability >= T(1)) return n;
  const bool seldom = probability <= T(0.5);
  const T p = seldom ? probability : T(1) - probability;
  const bool many = count * p >= T(10);
  philox.Skip(static_cast<uint64_t>(index) * (many ? 256 : 42));
  const double drawn = (many ? RejectBinomial : InvertBinomial)(n, static_cast<double>(p), philox);
  return seldom ? drawn : n - drawn;
}

// How many counts TensorFlow reserves for numbers whose draws may be rejected.
uint64_t CountsWithRejections(const Batches& batches, uint64_t draws) {
  return static_cast<uint64_t>(batches.count()) * 2 * draws * ((static_cast<uint64_t>(batches.samples) + 3) / 4);
}

// (shape, seed, counts, probabilities), or (generator, algorithm, shape, counts, probabilities)
class RandomBinomial final : public Kernel {
 public:
  static Result<RandomBinomial> Make(const NodeInfo& node) {
    RandomBinomial kernel;
    kernel.dtype_ = node.output_types[0];
    kernel.stateless_ = node.op == "StatelessRandomBinomial";
    return kernel;
  }
  // Integers and half are drawn in float's stead in double, which holds them all.
  Status Compute(KernelContext& ctx) const override {
    const int first = stateless_ ? 2 : 3;
    SMCLI_ASSIGN_OR_RETURN(const Batches batches, BatchesOf(ctx, stateless_ ? 0 : 2, first, 2));
    SMCLI_ASSIGN_OR_RETURN(const Philox philox, stateless_ ? PhiloxOfSeed(ctx.input(1))
                                                           : AdvanceGenerator(ctx.input(0), ctx.input(1),
                                                                              CountsWithRejections(batches, 100)));
    const bool single = ctx.input(first).dtype() == DataType::kFloat;
    const DataType dtype = single ? DataType::kFloat : DataType::kDouble;
    SMCLI_ASSIGN_OR_RETURN(const Tensor counts, CastTensor(ctx.pool(), ctx.input(first), dtype));
    SMCLI_ASSIGN_OR_RETURN(const Tensor probabilities, CastTensor(ctx.pool(), ctx.input(first + 1), dtype));
    SMCLI_ASSIGN_OR_RETURN(Tensor drawn, Tensor::Make(DataType::kDouble, batches.out));
    single ? Fill<float>(ctx.pool(), batches, counts, probabilities, philox, drawn)
           : Fill<double>(ctx.pool(), batches, counts, probabilities, philox, drawn);
    SMCLI_ASSIGN_OR_RETURN(drawn, CastTensor(ctx.pool(), drawn, dtype_));
    ctx.set_output(0, std::move(drawn));
    return {};
  }

 private:
  template <typename T>
  static void Fill(ThreadPool& pool, const Batches& batches, const Tensor& counts, const Tensor& probabilities,
                   const Philox& philox, Tensor& out) {
    const Parameter<T> count(counts, batches.parameters), probability(probabilities, batches.parameters);
    double* to = out.mutable_data<double>();
    pool.ParallelFor(out.num_elements(), ThreadPool::GrainOf(300), [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const int64_t batch = i / batches.samples, sample = i % batches.samples;
        to[batches.PlaceOf(batch, sample)] = DrawBinomial<T>(count[batch], probability[batch], i, philox);
      }
    });
  }

  DataType dtype_ = DataType::kInt64;
  bool stateless_ = true;
};

// Uniform and normal numbers in groups as the generator makes them.
template <typename T>
struct Group {
  std::array<T, 4> values{};
  int size = 4;
};
Group<float> UniformGroup(Philox& philox, float) {
  const Philox::Words w = philox();
  return {{UnitFloat(w[0]), UnitFloat(w[1]), UnitFloat(w[2]), UnitFloat(w[3])}, 4};
}
Group<double> UniformGroup(Philox& philox, double) {
  const Philox::Words w = philox();
  return {{UnitDouble(w[0], w[1]), UnitDouble(w[2], w[3]), 0, 0}, 2};
}
Group<float> NormalGroup(Philox& philox, float) {
  const Philox::Words w = philox();
  const auto [a, b] = NormalFloats(w[0], w[1]);
  const auto [c, d] = NormalFloats(w[2], w[3]);
  return {{a, b, c, d}, 4};
}
Group<double> NormalGroup(Philox& philox, double) {
  const Philox::Words w = philox();
  const auto [a, b] = NormalDoubles(w[0], w[1], w[2], w[3]);
  return {{a, b, 0, 0}, 2};
}

// A normal distribution between two bounds, which Draw's `accept` is given samples of.
template <typename T>
class TruncatedNormal {
 public:
  // nullopt: parameters that TensorFlow refuses.
  static std::optional<TruncatedNormal> Of(T mean, T deviation, T low, T high) {
    if (!(deviation > T(0)) || !(low < high) || !(std::isfinite(low) || std::isfinite(high))) return std::nullopt;
    if ((std::isinf(low) && low < 0) || high < mean) {  // mirrored, so that the nearer bound is the lower one
      std::swap(low, high);
      deviation = -deviation;
    }
    return TruncatedNormal(mean, deviation, (low - mean) / deviation, (high - mean) / deviation);
  }

  // Calls accept(number) until it answers false. False: too many numbers in a row were outside.
  template <typename F>
  bool Draw(Philox& philox, F&& accept) const {
    constexpr T kInside = T(1.3);
    if ((low_ < -kInside && high_ >= 0) || (high_ > kInside && low_ <= 0)) return DrawNormal(philox, accept);
    const T root = std::sqrt(low_ * low_ + T(4));
    const T cutoff = T(2) * std::exp(T(0.5) + low_ * (low_ - root) / T(4)) / (low_ + root);
    return high_ - low_ < cutoff ? DrawUniform(philox, accept) : DrawExponential(philox, accept);
  }

 private:
  static constexpr int kMostTries = 1000;
  TruncatedNormal(T mean, T deviation, T low, T high) : mean_(mean), deviation_(deviation), low_(low), high_(high) {}

  template <typename F>
  bool DrawNormal(Philox& philox, F& accept) const {
    for (int tries = 0;;) {
      const Group<T> group = NormalGroup(philox, T());
      for (int i = 0; i < group.size; ++i) {
        const T z = group.values[static_cast<size_t>(i)];
        if (z >= low_ && z <= high_) {
          tries = 0;
          if (!accept(z * deviation_ + mean_)) return true;
        } else if (++tries > kMostTries) {
          return false;
        }
      }
    }
  }
  template <typename F>
  bool DrawUniform(Philox& philox, F& accept) const {
    const T plus = low_ < 0 ? T(0) : low_ * low_;
    for (int tries = 0;;) {
      const Group<T> proposals = UniformGroup(philox, T()), chances = UniformGroup(philox, T());
      for (int i = 0; i < proposals.size; ++i) {
        const auto at = static_cast<size_t>(i);
        const T z = proposals.values[at] * (high_ - low_) + low_;
        if (chances.values[at] <= std::exp((plus - z * z) / T(2))) {
          tries = 0;
          if (!accept(z * deviation_ + mean_)) return true;
        } else if (++tries >= kMostTries) {
          return false;
        }
      }
    }
  }
  // C. Robert, "Simulation of truncated normal variables" (1995).
  template <typename F>
  bool DrawExponential(Philox& philox, F& accept) const {
    const T alpha = (low_ + std::sqrt(low_ * low_ + T(4))) / T(2);
    for (int tries = 0;;) {
      const Group<T> group = UniformGroup(philox, T());
      for (int i = 0; i < group.size; i += 2) {
        const auto at = static_cast<size_t>(i);
        const T z = -std::log(group.values[at]) / alpha + low_;
        const T x = low_ < alpha ? alpha - z : low_ - alpha;
        if (group.values[at + 1] <= std::exp(-x * x / T(2)) && z < high_) {
          tries = 0;
          if (!accept(z * deviation_ + mean_)) return true;
        } else if (++tries >= kMostTries) {
          return false;
        }
      }
    }
  }

  T mean_, deviation_, low_, high_;
};

template <typename T>
Status FillTruncated(KernelContext& ctx, int first, const Batches& batches, Philox philox, Tensor& out) {
  const Parameter<T> mean(ctx.input(first), batches.parameters), deviation(ctx.input(first + 1), batches.parameters);
  const Parameter<T> low(ctx.input(first + 2), batches.parameters), high(ctx.input(first + 3), batches.parameters);
  T* to = out.mutable_data<T>();
  for (int64_t batch = 0; batch < batches.count() && batches.samples > 0; ++batch) {
    const auto normal = TruncatedNormal<T>::Of(mean[batch], deviation[batch], low[batch], high[batch]);
    if (!normal.has_value()) return ModelError("Invalid parameters");
    int64_t sample = 0;
    const bool done = normal->Draw(philox, [&](T number) {
      to[batches.PlaceOf(batch, sample)] = number;
      return ++sample < batches.samples;
    });
    if (!done) return ModelError("TruncatedNormal rejection sampler failed to accept a sample.");
  }
  return {};
}

Status PutTruncated(KernelContext& ctx, int first, const Batches& batches, const Philox& philox) {
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, ctx.input(first).dtype(), batches.out));
  return out->dtype() == DataType::kFloat ? FillTruncated<float>(ctx, first, batches, philox, *out)
                                          : FillTruncated<double>(ctx, first, batches, philox, *out);
}

// (shape, seed, means, deviations, lows, highs)
Status StatelessTruncatedNormal(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(const Batches batches, BatchesOf(ctx, 0, 2, 4));
  SMCLI_ASSIGN_OR_RETURN(const Philox philox, PhiloxOfSeed(ctx.input(1)));
  return PutTruncated(ctx, 2, batches, philox);
}

// (shape, means, deviations, lows, highs): the parameters are scalars, or one for each of the shape's first dimension.
class SeededTruncatedNormal final : public Kernel {
 public:
  static Result<SeededTruncatedNormal> Make(const NodeInfo& node) {
    SeededTruncatedNormal kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.source_, SeededSource::Of(node));
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    Batches batches;
    SMCLI_ASSIGN_OR_RETURN(batches.out, RandomShape(ctx.input(0)));
    if (batches.out.rank() < 1) return ModelError("Shape tensor must not be empty");
    batches.batch_first = true;
    batches.parameters = Shape{batches.out.dim(0)};
    batches.samples = batches.out.Product(1, batches.out.rank());
    for (int i = 1; i <= 4; ++i) {
      const Tensor& parameter = ctx.input(i);
      if (parameter.rank() > 1 || (parameter.num_elements() != 1 && parameter.num_elements() != batches.out.dim(0))) {
        return ModelError("Input parameters should be scalars or have length {}, got shape {}", batches.out.dim(0),
                          parameter.shape().ToString());
      }
    }
    SMCLI_ASSIGN_OR_RETURN(const Philox philox, source_.Reserve(ctx, CountsWithRejections(batches, 1000)));
    return PutTruncated(ctx, 1, batches, philox);
  }

 private:
  SeededSource source_;
};

constexpr DataTypeSet kReal = DataType::kFloat | DataType::kDouble;
constexpr DataTypeSet kBinomialTypes = kReal | DataType::kHalf | DataType::kInt32 | DataType::kInt64;

constexpr Op kOps[] = {
    {.name = "ParameterizedTruncatedNormal",
     .types = {{{"dtype", kReal}}},
     .make = MakeKernel<SeededTruncatedNormal>,
     .tolerance = Tolerance::kRandom,
     .pure = false},
    {.name = "StatefulRandomBinomial",
     .types = {{{"T", kBinomialTypes}, {"dtype", kBinomialTypes}}},
     .make = MakeKernel<RandomBinomial>,
     .tolerance = Tolerance::kRandom,
     .pure = false},
    {.name = "StatelessParameterizedTruncatedNormal",
     .types = {{{"dtype", kReal}}},
     .make = MakeFunctionKernel<StatelessTruncatedNormal>,
     .tolerance = Tolerance::kRounding},
    {.name = "StatelessRandomBinomial",
     .types = {{{"T", kBinomialTypes}, {"dtype", kBinomialTypes}}},
     .make = MakeKernel<RandomBinomial>,
     .tolerance = Tolerance::kRounding},
};

}  // namespace

std::span<const Op> RandomParameterizedOps() { return kOps; }

}  // namespace smcli
