// Assert: the model's own checks.
#include "ops/op.h"
#include "ops/tensor_summary.h"

namespace smcli {
namespace {

// (condition, data...): data is shown when the condition does not hold.
class Assert final : public Kernel {
 public:
  static Result<Assert> Make(const NodeInfo& node) {
    Assert kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.summarize_, node.attrs.Int("summarize"));
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const Tensor& condition = ctx.input(0);
    if (condition.num_elements() != 1) return ModelError("In[0] should be a scalar: {}", condition.shape().ToString());
    if (condition.scalar<bool>()) return {};
    std::string text = "assertion failed: ";
    for (int i = 1; i < ctx.num_inputs(); ++i) {
      text += fmt::format("[{}]{}", SummarizeTensor(ctx.input(i), summarize_, SummaryStyle::kFlat),
                          i + 1 < ctx.num_inputs() ? " " : "");
    }
    return ModelError("{}", text);
  }

 private:
  int64_t summarize_ = 3;
};

constexpr Op kOps[] = {
    {.name = "Assert", .types = {}, .make = MakeKernel<Assert>, .pure = false},
};

}  // namespace

std::span<const Op> AssertionOps() { return kOps; }

}  // namespace smcli
