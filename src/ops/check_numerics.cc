// CheckNumerics: the model's own check that a tensor holds numbers.
#include <cmath>

#include "ops/op.h"

namespace smcli {
namespace {

// What of NaN, +Inf and -Inf occurs.
struct Oddities {
  bool nan = false, inf = false, negative_inf = false;
};

template <typename T>
Oddities Find(const Tensor& tensor) {
  Oddities found;
  for (T value : tensor.flat<T>()) {
    const auto number =
        static_cast<double>(static_cast<std::conditional_t<std::is_same_v<T, double>, double, float>>(value));
    if (std::isfinite(number)) continue;
    found.nan |= std::isnan(number);
    found.inf |= number > 0;
    found.negative_inf |= number < 0;
  }
  return found;
}

class CheckNumerics final : public Kernel {
 public:
  static Result<CheckNumerics> Make(const NodeInfo& node) {
    CheckNumerics kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.message_, node.attrs.String("message"));
    kernel.signs_ = node.op == "CheckNumericsV2";
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    Oddities found;
    DispatchFloats(ctx.input(0).dtype(), [&](auto tag) { found = Find<typename decltype(tag)::type>(ctx.input(0)); });
    std::vector<std::string_view> names;
    if (signs_) {
      if (found.negative_inf) names.push_back("-Inf");
      if (found.inf) names.push_back("+Inf");
    } else if (found.inf || found.negative_inf) {
      names.push_back("Inf");
    }
    if (found.nan) names.push_back("NaN");
    if (!names.empty()) return ModelError("{} : Tensor had {} values", message_, fmt::join(names, " and "));
    ctx.set_output(0, ctx.TakeInput(0));
    return {};
  }

 private:
  std::string message_;
  bool signs_ = false;  // infinities are named by their sign
};

constexpr Op kOps[] = {
    {.name = "CheckNumerics", .types = {{{"T", kFloats}}}, .make = MakeKernel<CheckNumerics>, .pure = false},
    {.name = "CheckNumericsV2", .types = {{{"T", kFloats}}}, .make = MakeKernel<CheckNumerics>, .pure = false},
};

}  // namespace

std::span<const Op> CheckNumericsOps() { return kOps; }

}  // namespace smcli
