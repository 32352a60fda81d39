#include "ops/through_float.h"

#include <algorithm>
#include <span>
#include <vector>

#include "ops/cast.h"

namespace smcli {
namespace {

bool IsFloat16(DataType dtype) { return dtype == DataType::kHalf || dtype == DataType::kBfloat16; }

std::vector<DataType> Widened(std::span<const DataType> types) {
  std::vector<DataType> widened(types.begin(), types.end());
  std::ranges::replace_if(widened, IsFloat16, DataType::kFloat);
  return widened;
}

class ThroughFloatKernel final : public Kernel {
 public:
  ThroughFloatKernel(std::unique_ptr<Kernel> kernel, std::span<const DataType> outputs)
      : kernel_(std::move(kernel)), outputs_(outputs.begin(), outputs.end()) {}

  Status Compute(KernelContext& ctx) const override {
    std::vector<Tensor> slots;
    std::vector<uint32_t> inputs;
    for (int i = 0; i < ctx.num_inputs(); ++i) {
      inputs.push_back(static_cast<uint32_t>(i) | KernelContext::kLastUse);
      Tensor input = ctx.TakeInput(i);
      if (IsFloat16(input.dtype())) {
        SMCLI_ASSIGN_OR_RETURN(input, CastTensor(ctx.pool(), input, DataType::kFloat));
      }
      slots.push_back(std::move(input));
    }
    std::vector<Tensor> outputs(outputs_.size());
    KernelContext inner(slots.data(), inputs, outputs, ctx.services());
    SMCLI_RETURN_IF_ERROR(kernel_->Compute(inner));
    for (size_t i = 0; i < outputs.size(); ++i) {
      if (IsFloat16(outputs_[i]) && outputs[i].dtype() == DataType::kFloat) {
        SMCLI_ASSIGN_OR_RETURN(outputs[i], CastTensor(ctx.pool(), outputs[i], outputs_[i]));
      }
      ctx.set_output(static_cast<int>(i), std::move(outputs[i]));
    }
    return {};
  }

 private:
  std::unique_ptr<Kernel> kernel_;
  std::vector<DataType> outputs_;
};

}  // namespace

Result<std::unique_ptr<Kernel>> MakeThroughFloat(const NodeInfo& node, KernelFactory make) {
  if (std::ranges::none_of(node.input_types, IsFloat16) && std::ranges::none_of(node.output_types, IsFloat16)) {
    return make(node);
  }
  const std::vector<DataType> inputs = Widened(node.input_types), outputs = Widened(node.output_types);
  NodeInfo widened = node;
  widened.input_types = inputs;
  widened.output_types = outputs;
  SMCLI_ASSIGN_OR_RETURN(auto kernel, make(widened));
  return std::make_unique<ThroughFloatKernel>(std::move(kernel), node.output_types);
}

}  // namespace smcli
