// ApproximateEqual: whether numbers differ by less than a tolerance.
#include <algorithm>
#include <cmath>

#include "ops/expect.h"
#include "ops/op.h"

namespace smcli {
namespace {

class ApproximateEqual final : public Kernel {
 public:
  static Result<ApproximateEqual> Make(const NodeInfo& node) {
    ApproximateEqual kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.tolerance_, node.attrs.Float("tolerance"));
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    const Tensor &x = ctx.input(0), &y = ctx.input(1);
    SMCLI_RETURN_IF_ERROR(ExpectSameShape(x, "x", y, "y"));
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, DataType::kBool, x.shape()));
    const auto run = [&]<typename T>(TypeTag<T>) {
      std::ranges::transform(x.flat<T>(), y.flat<T>(), out->mutable_data<bool>(),
                             [this](T a, T b) { return std::abs(a - b) < static_cast<T>(tolerance_); });
    };
    x.dtype() == DataType::kDouble ? run(TypeTag<double>{}) : run(TypeTag<float>{});
    return {};
  }

 private:
  float tolerance_ = 0;
};

constexpr Op kOps[] = {
    {.name = "ApproximateEqual",
     .types = {{{"T", DataType::kFloat | DataType::kDouble}}},
     .make = MakeKernel<ApproximateEqual>},
};

}  // namespace

std::span<const Op> ApproximateEqualOps() { return kOps; }

}  // namespace smcli
