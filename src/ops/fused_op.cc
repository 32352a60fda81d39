// Ops that stand for several ops in a row, as TensorFlow's graph tools and its optimiser write them: each step is the
// kernel of its own op.
#include <algorithm>
#include <vector>

#include "ops/op.h"
#include "ops/registry.h"

namespace smcli {
namespace {

// The input of a step that is the answer of the step before.
constexpr int kBefore = -1;

class FusedOp final : public Kernel {
 public:
  // A step reads these inputs of the node; it has the node's attributes. Its outputs but the first are the node's, as
  // far as the node has them.
  Status Add(const NodeInfo& node, std::string_view op, const std::vector<int>& inputs, int outputs = 1) {
    const Op* const row = FindOp(op);
    if (row == nullptr) return UnsupportedError("{} with {}", node.op, op);
    Step step{nullptr, inputs, outputs};
    std::vector<DataType> types;
    for (int i : inputs)
      types.push_back(i == kBefore ? node.output_types[0] : node.input_types[static_cast<size_t>(i)]);
    NodeInfo own = node;
    own.op = op;
    own.input_types = types;
    own.output_types = node.output_types.first(std::min(node.output_types.size(), static_cast<size_t>(outputs)));
    SMCLI_ASSIGN_OR_RETURN(step.kernel, row->make(own));
    steps_.push_back(std::move(step));
    return {};
  }

  Status Compute(KernelContext& ctx) const override {
    Tensor before;
    for (const Step& step : steps_) {
      std::vector<Tensor> slots;
      std::vector<uint32_t> places;
      for (int i : step.inputs) {
        places.push_back(static_cast<uint32_t>(slots.size()) | KernelContext::kLastUse);
        slots.push_back(i == kBefore ? std::move(before) : ctx.input(i));
      }
      std::vector<Tensor> outputs(static_cast<size_t>(step.outputs));
      KernelContext inner(slots.data(), places, outputs, ctx.services());
      SMCLI_RETURN_IF_ERROR(step.kernel->Compute(inner));
      before = std::move(outputs[0]);
      for (int i = 1; i < std::min(step.outputs, ctx.num_outputs()); ++i)
        ctx.set_output(i, std::move(outputs[static_cast<size_t>(i)]));
    }
    ctx.set_output(0, std::move(before));
    return {};
  }

 private:
  struct Step {
    std::unique_ptr<Kernel> kernel;
    std::vector<int> inputs;
    int outputs;
  };
  std::vector<Step> steps_;
};

// (input, paddings, filter), or (input, size, paddings, filter)
Result<std::unique_ptr<Kernel>> MakePadded(const NodeInfo& node) {
  auto kernel = std::make_unique<FusedOp>();
  const bool resizes = node.op == "FusedResizeAndPadConv2D";
  if (resizes) {
    SMCLI_RETURN_IF_ERROR(kernel->Add(node, "ResizeBilinear", {0, 1}));
  }
  SMCLI_RETURN_IF_ERROR(kernel->Add(node, "MirrorPad", {resizes ? kBefore : 0, resizes ? 2 : 1}));
  SMCLI_RETURN_IF_ERROR(kernel->Add(node, "Conv2D", {kBefore, resizes ? 3 : 2}));
  return std::unique_ptr<Kernel>(std::move(kernel));
}

struct FusedName {
  std::string_view fused, op;
  int args;
  int outputs = 1;
};
constexpr FusedName kFused[] = {
    {"Add", "AddV2", 1},
    {"BiasAdd", "BiasAdd", 1},
    {"Elu", "Elu", 0},
    {"FusedBatchNorm", "FusedBatchNorm", 4, 5},
    {"LeakyRelu", "LeakyRelu", 0},
    {"Relu", "Relu", 0},
    {"Relu6", "Relu6", 0},
    {"Sigmoid", "Sigmoid", 0},
    {"Tanh", "Tanh", 0},
};

// (a, b, args...): the product or convolution, then what `fused_ops` lists, each with its own args.
Result<std::unique_ptr<Kernel>> MakeWithArgs(const NodeInfo& node) {
  auto kernel = std::make_unique<FusedOp>();
  const std::string_view first = node.op.substr(std::string_view("_Fused").size());
  SMCLI_RETURN_IF_ERROR(kernel->Add(node, first, {0, 1}));
  SMCLI_ASSIGN_OR_RETURN(const std::vector<std::string> fused, node.attrs.Strings("fused_ops"));
  int arg = 2;
  for (const std::string& name : fused) {
    const auto found = std::ranges::find(kFused, name, &FusedName::fused);
    if (found == std::end(kFused)) return UnsupportedError("{} with {}", node.op, name);
    std::vector<int> inputs = {kBefore};
    for (int i = 0; i < found->args; ++i) inputs.push_back(arg++);
    if (arg > node.num_inputs()) return InvalidModelError("too few args for the fused ops");
    SMCLI_RETURN_IF_ERROR(kernel->Add(node, found->op, inputs, found->outputs));
  }
  return std::unique_ptr<Kernel>(std::move(kernel));
}

// (x, scale, offset, mean, variance, side inputs...)
Result<std::unique_ptr<Kernel>> MakeBatchNorm(const NodeInfo& node) {
  auto kernel = std::make_unique<FusedOp>();
  SMCLI_RETURN_IF_ERROR(kernel->Add(node, "FusedBatchNormV3", {0, 1, 2, 3, 4}, node.num_outputs()));
  for (int side = 5; side < node.num_inputs(); ++side) {
    SMCLI_RETURN_IF_ERROR(kernel->Add(node, "AddV2", {kBefore, side}));
  }
  SMCLI_ASSIGN_OR_RETURN(const std::string activation, node.attrs.String("activation_mode"));
  if (activation != "Identity") SMCLI_RETURN_IF_ERROR(kernel->Add(node, activation, {kBefore}));
  return std::unique_ptr<Kernel>(std::move(kernel));
}

constexpr auto kRounding = Tolerance::kRounding;

constexpr Op kOps[] = {
    {.name = "FusedPadConv2D", .types = {{{"T", kFloats}}}, .make = MakePadded, .tolerance = kRounding},
    {.name = "FusedResizeAndPadConv2D",
     .types = {{{"T", DataType::kFloat}}},
     .make = MakePadded,
     .tolerance = kRounding},
    {.name = "_FusedBatchNormEx",
     .types = {{{"T", DataType::kFloat | DataType::kHalf | DataType::kBfloat16}}},
     .make = MakeBatchNorm,
     .tolerance = kRounding},
    {.name = "_FusedConv2D", .types = {{{"T", kFloats}}}, .make = MakeWithArgs, .tolerance = kRounding},
    {.name = "_FusedConv3D", .types = {{{"T", kFloats}}}, .make = MakeWithArgs, .tolerance = kRounding},
    {.name = "_FusedDepthwiseConv2dNative", .types = {{{"T", kFloats}}}, .make = MakeWithArgs, .tolerance = kRounding},
    {.name = "_FusedMatMul", .types = {{{"T", kFloats}}}, .make = MakeWithArgs, .tolerance = kRounding},
};

}  // namespace

std::span<const Op> FusedOpOps() { return kOps; }

}  // namespace smcli
