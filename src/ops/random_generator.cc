// Ops over a generator whose state is a variable (tf.random.Generator): RngReadAndSkip, RngSkip, StatefulUniform and
// their like.
#include "ops/int_args.h"
#include "ops/op.h"
#include "ops/random_fill.h"
#include "ops/random_source.h"

namespace smcli {
namespace {

// Puts out the state before the step: counter, counter, key.
Status RngReadAndSkip(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(const int64_t delta, ScalarInt(ctx.input(2), "delta"));
  SMCLI_ASSIGN_OR_RETURN(const auto variable, ResourceOf<Variable>(ctx.input(0)));
  SMCLI_ASSIGN_OR_RETURN(const Tensor before, variable->Read());
  SMCLI_ASSIGN_OR_RETURN(const Tensor state, before.Clone());
  SMCLI_RETURN_IF_ERROR(AdvanceGenerator(ctx.input(0), ctx.input(1), ReservedCounts(delta)));
  ctx.set_output(0, Tensor::Vector<int64_t>({state.data<int64_t>(), 3}));
  return {};
}

Status RngSkip(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(const int64_t delta, ScalarInt(ctx.input(2), "delta"));
  SMCLI_RETURN_IF_ERROR(AdvanceGenerator(ctx.input(0), ctx.input(1), ReservedCounts(delta)));
  return {};
}

// Inputs: resource, algorithm, shape.
template <Distribution kDistribution>
class GeneratorNumbers final : public Kernel {
 public:
  static Result<GeneratorNumbers> Make(const NodeInfo& node) {
    GeneratorNumbers kernel;
    kernel.dtype_ = node.output_types[0];
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, RandomShape(ctx.input(2)));
    SMCLI_ASSIGN_OR_RETURN(const Philox philox,
                           AdvanceGenerator(ctx.input(0), ctx.input(1), ReservedCounts(shape.num_elements())));
    return FillRandom(ctx, 0, kDistribution, dtype_, shape, philox);
  }

 private:
  DataType dtype_ = DataType::kFloat;
};

class GeneratorInts final : public Kernel {
 public:
  static Result<GeneratorInts> Make(const NodeInfo& node) {
    GeneratorInts kernel;
    kernel.dtype_ = node.output_types[0];
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, RandomShape(ctx.input(2)));
    SMCLI_ASSIGN_OR_RETURN(const Philox philox,
                           AdvanceGenerator(ctx.input(0), ctx.input(1), ReservedCounts(shape.num_elements())));
    return FillRandomInts(ctx, 0, ctx.input(3), ctx.input(4), dtype_, shape, philox);
  }

 private:
  DataType dtype_ = DataType::kInt64;
};

template <Distribution kDistribution>
constexpr Op Numbers(std::string_view name, DataTypeSet types) {
  return {.name = name,
          .types = {{{"dtype", types}}},
          .make = MakeKernel<GeneratorNumbers<kDistribution>>,
          .tolerance = Tolerance::kRounding,
          .pure = false};
}

constexpr Op kOps[] = {
    {.name = "RngReadAndSkip", .types = {}, .make = MakeFunctionKernel<RngReadAndSkip>, .pure = false},
    {.name = "RngSkip", .types = {}, .make = MakeFunctionKernel<RngSkip>, .pure = false},
    Numbers<Distribution::kNormal>("StatefulStandardNormalV2", kFloats),
    Numbers<Distribution::kTruncatedNormal>("StatefulTruncatedNormal", kFloats),
    Numbers<Distribution::kUniform>("StatefulUniform", kFloats),
    Numbers<Distribution::kFullInt>("StatefulUniformFullInt", kFullInts),
    {.name = "StatefulUniformInt", .types = {{{"dtype", kFullInts}}}, .make = MakeKernel<GeneratorInts>, .pure = false},
};

}  // namespace

std::span<const Op> RandomGeneratorOps() { return kOps; }

}  // namespace smcli
