// Random ops whose seeds are attributes: RandomUniform, RandomStandardNormal, TruncatedNormal, RandomUniformInt,
// RandomShuffle. StatelessShuffle is here for what it shares with the last.
#include <algorithm>
#include <numeric>
#include <vector>

#include "ops/op.h"
#include "ops/random_fill.h"
#include "ops/random_source.h"

namespace smcli {
namespace {

template <Distribution kDistribution>
class RandomNumbers final : public Kernel {
 public:
  static Result<RandomNumbers> Make(const NodeInfo& node) {
    RandomNumbers kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.source_, SeededSource::Of(node));
    kernel.dtype_ = node.output_types[0];
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, RandomShape(ctx.input(0)));
    SMCLI_ASSIGN_OR_RETURN(const Philox philox, source_.Reserve(ctx, ReservedCounts(shape.num_elements())));
    return FillRandom(ctx, 0, kDistribution, dtype_, shape, philox);
  }

 private:
  SeededSource source_;
  DataType dtype_ = DataType::kFloat;
};

class RandomUniformInt final : public Kernel {
 public:
  static Result<RandomUniformInt> Make(const NodeInfo& node) {
    RandomUniformInt kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.source_, SeededSource::Of(node));
    kernel.dtype_ = node.output_types[0];
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, RandomShape(ctx.input(0)));
    SMCLI_ASSIGN_OR_RETURN(const Philox philox, source_.Reserve(ctx, ReservedCounts(shape.num_elements())));
    return FillRandomInts(ctx, 0, ctx.input(1), ctx.input(2), dtype_, shape, philox);
  }

 private:
  SeededSource source_;
  DataType dtype_ = DataType::kInt32;
};

// Fisher and Yates over the rows: (value), or (value, key, counter, alg) of StatelessShuffle.
class RandomShuffle final : public Kernel {
 public:
  static Result<RandomShuffle> Make(const NodeInfo& node) {
    RandomShuffle kernel;
    kernel.stateless_ = node.op == "StatelessShuffle";
    if (!kernel.stateless_) {
      SMCLI_ASSIGN_OR_RETURN(kernel.source_, SeededSource::Of(node));
    }
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    const Tensor& input = ctx.input(0);
    if (input.rank() == 0 || input.dim(0) <= 1 || input.num_elements() == 0) {
      ctx.set_output(0, ctx.TakeInput(0));
      return {};
    }
    const int64_t rows = input.dim(0);
    SMCLI_ASSIGN_OR_RETURN(const Philox philox, stateless_ ? PhiloxOfKey(ctx.input(1), ctx.input(2), ctx.input(3))
                                                           : source_.Reserve(ctx, static_cast<uint64_t>(rows + 2) / 4));
    PhiloxWords words(philox);
    std::vector<int64_t> order(static_cast<size_t>(rows));
    std::iota(order.begin(), order.end(), 0);
    for (int64_t i = 0; i + 1 < rows; ++i) {
      const int64_t other = i + words() % static_cast<uint32_t>(rows - i);
      std::swap(order[static_cast<size_t>(i)], order[static_cast<size_t>(other)]);
    }
    SMCLI_ASSIGN_OR_RETURN(Tensor * output, ctx.Allocate(0, input.dtype(), input.shape()));
    const int64_t row = input.num_elements() / rows;
    const bool known = DispatchBySize(input.dtype(), [&](auto tag) {
      using T = typename decltype(tag)::type;
      T* to = output->mutable_data<T>();
      for (int64_t from : order) to = std::copy_n(input.data<T>() + from * row, row, to);
    });
    if (!known) return UnsupportedError("RandomShuffle of {}", Name(input.dtype()));
    return {};
  }

 private:
  SeededSource source_;
  bool stateless_ = false;
};

constexpr Op kOps[] = {
    {.name = "RandomShuffle",
     .types = {},
     .make = MakeKernel<RandomShuffle>,
     .tolerance = Tolerance::kRandom,
     .pure = false},
    {.name = "RandomStandardNormal",
     .types = {{{"dtype", kFloats}}},
     .make = MakeKernel<RandomNumbers<Distribution::kNormal>>,
     .tolerance = Tolerance::kRandom,
     .pure = false},
    {.name = "RandomUniform",
     .types = {{{"dtype", kFloats}}},
     .make = MakeKernel<RandomNumbers<Distribution::kUniform>>,
     .tolerance = Tolerance::kRandom,
     .pure = false},
    {.name = "RandomUniformInt",
     .types = {{{"Tout", kIndexTypes}}},
     .make = MakeKernel<RandomUniformInt>,
     .tolerance = Tolerance::kRandom,
     .pure = false},
    {.name = "StatelessShuffle", .types = {}, .make = MakeKernel<RandomShuffle>, .tolerance = Tolerance::kRandom},
    {.name = "TruncatedNormal",
     .types = {{{"dtype", kFloats}}},
     .make = MakeKernel<RandomNumbers<Distribution::kTruncatedNormal>>,
     .tolerance = Tolerance::kRandom,
     .pure = false},
};

}  // namespace

std::span<const Op> RandomSeededOps() { return kOps; }

}  // namespace smcli
