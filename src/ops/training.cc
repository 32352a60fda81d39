// Optimizer steps, for models that train themselves: an op per rule (training_rules.h), for variables by resource or by
// reference, with a gradient for every element or for some rows.
#include <algorithm>
#include <type_traits>

#include "model/op_defs.h"
#include "ops/int_args.h"
#include "ops/op.h"
#include "ops/rows.h"
#include "ops/training_rules.h"
#include "tensor/numbers.h"

namespace smcli {
namespace {

constexpr size_t kMaxSlots = 4, kMaxRates = 6;

// Applies a rule to `n` elements: slots[k][i] with gradient[i].
using StepFunction = void (*)(void* const* slots, const void* gradient, const double* rates, bool flag, int64_t n);

struct Rule {
  std::string_view name;  // what stands behind "Apply" in the op's name
  size_t num_slots;       // the variable is the first
  size_t num_rates;
  std::string_view flag;  // the attribute that the rule looks at; empty: none
  StepFunction f32, f64, half, bfloat16;
};

// half and bfloat16 are computed in float and rounded once.
template <typename Formula, size_t kSlots, size_t kRates, typename T>
void Step(void* const* slots, const void* gradient, const double* rates, bool flag, int64_t n) {
  using C = std::conditional_t<std::is_same_v<T, double>, double, float>;
  C h[kRates];
  for (size_t k = 0; k < kRates; ++k) h[k] = static_cast<C>(rates[k]);
  for (int64_t i = 0; i < n; ++i) {
    C v[kSlots];
    for (size_t k = 0; k < kSlots; ++k) v[k] = static_cast<C>(static_cast<const T*>(slots[k])[i]);
    Formula{}(v, static_cast<C>(static_cast<const T*>(gradient)[i]), h, flag);
    for (size_t k = 0; k < kSlots; ++k) static_cast<T*>(slots[k])[i] = static_cast<T>(v[k]);
  }
}

template <typename Formula, size_t kSlots, size_t kRates>
constexpr Rule MakeRule(std::string_view name, std::string_view flag) {
  static_assert(kSlots <= kMaxSlots && kRates <= kMaxRates);
  return {name,
          kSlots,
          kRates,
          flag,
          Step<Formula, kSlots, kRates, float>,
          Step<Formula, kSlots, kRates, double>,
          Step<Formula, kSlots, kRates, Half>,
          Step<Formula, kSlots, kRates, BFloat16>};
}

constexpr Rule kRules[] = {
    MakeRule<AdaMaxRule, 3, 5>("AdaMax", ""),
    MakeRule<AdadeltaRule, 3, 3>("Adadelta", ""),
    MakeRule<AdagradRule, 2, 1>("Adagrad", "update_slots"),
    MakeRule<AdagradDARule, 3, 4>("AdagradDA", ""),
    MakeRule<AdagradV2Rule, 2, 2>("AdagradV2", "update_slots"),
    MakeRule<AdamRule, 3, 6>("Adam", "use_nesterov"),
    MakeRule<AdamWithAmsgradRule, 4, 6>("AdamWithAmsgrad", ""),
    MakeRule<AddSignRule, 2, 4>("AddSign", ""),
    MakeRule<CenteredRMSPropRule, 4, 4>("CenteredRMSProp", ""),
    MakeRule<FtrlRule, 3, 4>("Ftrl", "multiply_linear_by_lr"),
    MakeRule<FtrlV2Rule, 3, 5>("FtrlV2", "multiply_linear_by_lr"),
    MakeRule<GradientDescentRule, 1, 1>("GradientDescent", ""),
    MakeRule<KerasMomentumRule, 2, 2>("KerasMomentum", "use_nesterov"),
    MakeRule<MomentumRule, 2, 2>("Momentum", "use_nesterov"),
    MakeRule<PowerSignRule, 2, 4>("PowerSign", ""),
    MakeRule<ProximalAdagradRule, 2, 3>("ProximalAdagrad", ""),
    MakeRule<ProximalGradientDescentRule, 1, 3>("ProximalGradientDescent", ""),
    MakeRule<RMSPropRule, 3, 4>("RMSProp", ""),
};

// The variable in an input, for change in place.
Result<Tensor*> Slot(KernelContext& ctx, int input) {
  SMCLI_ASSIGN_OR_RETURN(auto variable, ResourceOf<Variable>(ctx.input(input)));
  return variable->Mutable();
}

Result<double> Rate(const KernelContext& ctx, int input, std::string_view name) {
  const Tensor& tensor = ctx.input(input);
  if (tensor.num_elements() != 1 || tensor.rank() > 0) {
    return ModelError("{} is not a scalar: {}", name, tensor.shape().ToString());
  }
  double value = 0;
  ReadDoubles(tensor, 0, {&value, 1});
  return value;
}

class TrainingStep final : public Kernel {
 public:
  static Result<TrainingStep> Make(const NodeInfo& node) {
    TrainingStep kernel;
    const std::string_view name = node.op.substr(node.op.find("Apply") + 5);
    kernel.rule_ = std::ranges::find(kRules, name, &Rule::name);
    if (!kernel.rule_->flag.empty()) {
      SMCLI_ASSIGN_OR_RETURN(kernel.flag_, node.attrs.Bool(kernel.rule_->flag));
    }
    kernel.schema_ = ParseOpLine(FindBuiltinOpLine(node.op));
    for (int i = 0; const ArgSchema& arg : kernel.schema_.inputs) kernel.Take(arg, i++);
    return kernel;
  }

  Status Compute(KernelContext& ctx) const override {
    std::array<Tensor*, kMaxSlots> slots{};
    for (size_t k = 0; k < rule_->num_slots; ++k) {
      SMCLI_ASSIGN_OR_RETURN(slots[k], Slot(ctx, static_cast<int>(k)));
    }
    std::array<double, kMaxRates> rates{};
    for (size_t k = 0; k < rule_->num_rates; ++k) {
      SMCLI_ASSIGN_OR_RETURN(rates[k], Rate(ctx, rates_[k], schema_.inputs[static_cast<size_t>(rates_[k])].name));
    }
    SMCLI_RETURN_IF_ERROR(CheckShapes(ctx, slots));
    SMCLI_RETURN_IF_ERROR(indices_ < 0 ? StepAll(ctx, slots, rates) : StepRows(ctx, slots, rates));
    if (ctx.num_outputs() == 1) ctx.set_output(0, ctx.input(0));
    return {};
  }

 private:
  using Slots = std::array<Tensor*, kMaxSlots>;
  using Rates = std::array<double, kMaxRates>;

  void Take(const ArgSchema& arg, int input) {
    if (arg.is_ref || arg.type == DataType::kResource) return;  // slots come first, in order
    if (arg.name == "grad" || arg.name == "delta") {
      gradient_ = input;
    } else if (arg.name == "indices") {
      indices_ = input;
    } else {
      rates_[num_rates_++] = input;
    }
  }

  Status CheckShapes(const KernelContext& ctx, const Slots& slots) const {
    const Tensor& gradient = ctx.input(gradient_);
    const Shape& shape = slots[0]->shape();
    for (size_t k = 0; k < rule_->num_slots; ++k) {
      if (!(slots[k]->shape() == shape) || slots[k]->dtype() != gradient.dtype()) {
        return ModelError("{} and {} do not have the same shape {} {}", schema_.inputs[0].name, schema_.inputs[k].name,
                          shape.ToString(), slots[k]->shape().ToString());
      }
    }
    if (indices_ < 0 && !(gradient.shape() == shape)) {
      return ModelError("var and {} do not have the same shape {} {}",
                        schema_.inputs[static_cast<size_t>(gradient_)].name, shape.ToString(),
                        gradient.shape().ToString());
    }
    return {};
  }

  StepFunction StepOf(DataType dtype) const {
    switch (dtype) {
      case DataType::kDouble: return rule_->f64;
      case DataType::kHalf: return rule_->half;
      case DataType::kBfloat16: return rule_->bfloat16;
      default: return rule_->f32;
    }
  }

  Status StepAll(KernelContext& ctx, const Slots& slots, const Rates& rates) const {
    const Tensor& gradient = ctx.input(gradient_);
    void* at[kMaxSlots] = {};
    for (size_t k = 0; k < rule_->num_slots; ++k) at[k] = slots[k]->mutable_raw_data();
    StepOf(gradient.dtype())(at, gradient.bytes().data(), rates.data(), flag_, gradient.num_elements());
    return {};
  }

  // Row indices[i] of every slot takes a step by row i of the gradient, in order; a row may come twice.
  Status StepRows(KernelContext& ctx, const Slots& slots, const Rates& rates) const {
    const Tensor &gradient = ctx.input(gradient_), &indices = ctx.input(indices_);
    const Shape& shape = slots[0]->shape();
    if (shape.rank() < 1) return ModelError("var must be at least 1 dimensional");
    if (indices.rank() != 1) return ModelError("indices must be one-dimensional");
    SMCLI_ASSIGN_OR_RETURN(const Shape expected, WithFirst(indices.num_elements(), shape.dims().subspan(1)));
    if (!(gradient.shape() == expected)) {
      return ModelError(
          "grad must be the same size as indices in the first dimension, and match var in the others: {} {}",
          gradient.shape().ToString(), expected.ToString());
    }
    const int64_t row = shape.Product(1, shape.rank());
    const auto row_bytes = static_cast<size_t>(row) * static_cast<size_t>(SizeOf(gradient.dtype()));
    const StepFunction step = StepOf(gradient.dtype());
    for (int64_t i = 0; i < indices.num_elements(); ++i) {
      const int64_t to = IntAt(indices, i);
      if (to < 0 || to >= shape.dim(0)) {
        return ModelError("Index {} at offset {} in indices is out of range [0, {})", to, i, shape.dim(0));
      }
      void* at[kMaxSlots] = {};
      for (size_t k = 0; k < rule_->num_slots; ++k) {
        at[k] = static_cast<char*>(slots[k]->mutable_raw_data()) + static_cast<size_t>(to) * row_bytes;
      }
      step(at, gradient.bytes().data() + static_cast<size_t>(i) * row_bytes, rates.data(), flag_, row);
    }
    return {};
  }

  const Rule* rule_ = nullptr;
  OpSchema schema_;
  std::array<int, kMaxRates + kMaxSlots> rates_{};  // inputs
  size_t num_rates_ = 0;
  int gradient_ = 0;
  int indices_ = -1;  // none: the gradient is for every element
  bool flag_ = false;
};

constexpr Op Row(std::string_view name) {
  return {.name = name,
          .types = {{{"T", kFloats}}},
          .make = MakeKernel<TrainingStep>,
          .tolerance = Tolerance::kRounding,
          .pure = false};
}

constexpr Op kOps[] = {
    Row("ApplyAdaMax"),
    Row("ApplyAdadelta"),
    Row("ApplyAdagrad"),
    Row("ApplyAdagradDA"),
    Row("ApplyAdagradV2"),
    Row("ApplyAdam"),
    Row("ApplyAddSign"),
    Row("ApplyCenteredRMSProp"),
    Row("ApplyFtrl"),
    Row("ApplyFtrlV2"),
    Row("ApplyGradientDescent"),
    Row("ApplyMomentum"),
    Row("ApplyPowerSign"),
    Row("ApplyProximalAdagrad"),
    Row("ApplyProximalGradientDescent"),
    Row("ApplyRMSProp"),
    Row("ResourceApplyAdaMax"),
    Row("ResourceApplyAdadelta"),
    Row("ResourceApplyAdagrad"),
    Row("ResourceApplyAdagradDA"),
    Row("ResourceApplyAdagradV2"),
    Row("ResourceApplyAdam"),
    Row("ResourceApplyAdamWithAmsgrad"),
    Row("ResourceApplyAddSign"),
    Row("ResourceApplyCenteredRMSProp"),
    Row("ResourceApplyFtrl"),
    Row("ResourceApplyFtrlV2"),
    Row("ResourceApplyGradientDescent"),
    Row("ResourceApplyKerasMomentum"),
    Row("ResourceApplyMomentum"),
    Row("ResourceApplyPowerSign"),
    Row("ResourceApplyProximalAdagrad"),
    Row("ResourceApplyProximalGradientDescent"),
    Row("ResourceApplyRMSProp"),
    Row("ResourceSparseApplyAdadelta"),
    Row("ResourceSparseApplyAdagrad"),
    Row("ResourceSparseApplyAdagradDA"),
    Row("ResourceSparseApplyAdagradV2"),
    Row("ResourceSparseApplyCenteredRMSProp"),
    Row("ResourceSparseApplyFtrl"),
    Row("ResourceSparseApplyFtrlV2"),
    Row("ResourceSparseApplyKerasMomentum"),
    Row("ResourceSparseApplyMomentum"),
    Row("ResourceSparseApplyProximalAdagrad"),
    Row("ResourceSparseApplyProximalGradientDescent"),
    Row("ResourceSparseApplyRMSProp"),
    Row("SparseApplyAdadelta"),
    Row("SparseApplyAdagrad"),
    Row("SparseApplyAdagradDA"),
    Row("SparseApplyAdagradV2"),
    Row("SparseApplyCenteredRMSProp"),
    Row("SparseApplyFtrl"),
    Row("SparseApplyFtrlV2"),
    Row("SparseApplyMomentum"),
    Row("SparseApplyProximalAdagrad"),
    Row("SparseApplyProximalGradientDescent"),
    Row("SparseApplyRMSProp"),
};

}  // namespace

std::span<const Op> TrainingOps() { return kOps; }

}  // namespace smcli
