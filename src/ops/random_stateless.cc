// The stateless random ops of either version, and what makes their keys and counters.
#include "ops/int_args.h"
#include "ops/op.h"
#include "ops/random_fill.h"
#include "ops/random_source.h"

namespace smcli {
namespace {

// Inputs: shape and seed; V2: shape, key, counter, alg. Ranges follow.
class StatelessKernel : public Kernel {
 public:
  explicit StatelessKernel(const NodeInfo& node)
      : dtype_(node.output_types[0]), second_version_(node.op.ends_with("V2")) {}

 protected:
  Result<Philox> Source(const KernelContext& ctx) const {
    return second_version_ ? PhiloxOfKey(ctx.input(1), ctx.input(2), ctx.input(3)) : PhiloxOfSeed(ctx.input(1));
  }
  int first_after_source() const { return second_version_ ? 4 : 2; }

  DataType dtype_;
  bool second_version_;
};

template <Distribution kDistribution>
class StatelessNumbers final : public StatelessKernel {
 public:
  using StatelessKernel::StatelessKernel;
  static Result<StatelessNumbers> Make(const NodeInfo& node) { return StatelessNumbers(node); }

  Status Compute(KernelContext& ctx) const override {
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, RandomShape(ctx.input(0)));
    SMCLI_ASSIGN_OR_RETURN(const Philox philox, Source(ctx));
    return FillRandom(ctx, 0, kDistribution, dtype_, shape, philox);
  }
};

class StatelessInts final : public StatelessKernel {
 public:
  using StatelessKernel::StatelessKernel;
  static Result<StatelessInts> Make(const NodeInfo& node) { return StatelessInts(node); }

  Status Compute(KernelContext& ctx) const override {
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, RandomShape(ctx.input(0)));
    SMCLI_ASSIGN_OR_RETURN(const Philox philox, Source(ctx));
    const int range = first_after_source();
    return FillRandomInts(ctx, 0, ctx.input(range), ctx.input(range + 1), dtype_, shape, philox);
  }
};

constexpr int32_t kPhiloxId = 1;

Status GetKeyCounter(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(const KeyAndCounter state, KeyAndCounterOfSeed(ctx.input(0)));
  ctx.set_output(0, Tensor::Vector<uint64_t>({&state.key, 1}));
  ctx.set_output(1, Tensor::Vector<uint64_t>(state.counter));
  if (ctx.num_outputs() > 2) ctx.set_output(2, Tensor::Scalar(kPhiloxId));
  return {};
}

Status GetAlg(KernelContext& ctx) {
  ctx.set_output(0, Tensor::Scalar(kPhiloxId));
  return {};
}

template <Distribution kDistribution>
constexpr Op Numbers(std::string_view name, DataTypeSet types) {
  return {.name = name,
          .types = {{{"dtype", types}}},
          .make = MakeKernel<StatelessNumbers<kDistribution>>,
          .tolerance = Tolerance::kRounding};
}

constexpr Op kOps[] = {
    {.name = "StatelessRandomGetAlg", .types = {}, .make = MakeFunctionKernel<GetAlg>},
    {.name = "StatelessRandomGetKeyCounter", .types = {}, .make = MakeFunctionKernel<GetKeyCounter>},
    {.name = "StatelessRandomGetKeyCounterAlg", .types = {}, .make = MakeFunctionKernel<GetKeyCounter>},
    Numbers<Distribution::kNormal>("StatelessRandomNormal", kFloats),
    Numbers<Distribution::kNormal>("StatelessRandomNormalV2", kFloats),
    Numbers<Distribution::kUniform>("StatelessRandomUniform", kFloats),
    Numbers<Distribution::kFullInt>("StatelessRandomUniformFullInt", kFullInts),
    Numbers<Distribution::kFullInt>("StatelessRandomUniformFullIntV2", kFullInts),
    {.name = "StatelessRandomUniformInt", .types = {{{"dtype", kFullInts}}}, .make = MakeKernel<StatelessInts>},
    {.name = "StatelessRandomUniformIntV2", .types = {{{"dtype", kFullInts}}}, .make = MakeKernel<StatelessInts>},
    Numbers<Distribution::kUniform>("StatelessRandomUniformV2", kFloats),
    Numbers<Distribution::kTruncatedNormal>("StatelessTruncatedNormal", kFloats),
    Numbers<Distribution::kTruncatedNormal>("StatelessTruncatedNormalV2", kFloats),
};

}  // namespace

std::span<const Op> RandomStatelessOps() { return kOps; }

}  // namespace smcli
