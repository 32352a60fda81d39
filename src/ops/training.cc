// Optimizer steps of models that train themselves: plain gradient descent, momentum and Adam on resource variables.
#include <cmath>

#include "ops/op.h"

namespace smcli {
namespace {

// The variable in input i, for change in place, of the gradient's dtype and shape.
Result<Tensor*> Slot(KernelContext& ctx, int i, const Tensor& gradient) {
  SMCLI_ASSIGN_OR_RETURN(auto variable, ResourceOf<Variable>(ctx.input(i)));
  SMCLI_ASSIGN_OR_RETURN(Tensor * value, variable->Mutable());
  if (value->dtype() != gradient.dtype() || !(value->shape() == gradient.shape())) {
    return ModelError("var and grad do not have the same shape {} {}", value->shape().ToString(),
                      gradient.shape().ToString());
  }
  return value;
}

Result<double> Rate(const KernelContext& ctx, int i, std::string_view what) {
  const Tensor& tensor = ctx.input(i);
  if (tensor.num_elements() != 1) return ModelError("{} is not a scalar: {}", what, tensor.shape().ToString());
  return tensor.dtype() == DataType::kDouble ? tensor.scalar<double>() : static_cast<double>(tensor.scalar<float>());
}

template <typename F>
void DispatchWide(DataType dtype, F&& f) {
  dtype == DataType::kDouble ? f(TypeTag<double>{}) : f(TypeTag<float>{});
}

// (var, alpha, delta): var -= alpha * delta
Status GradientDescent(KernelContext& ctx) {
  const Tensor& gradient = ctx.input(2);
  SMCLI_ASSIGN_OR_RETURN(Tensor * value, Slot(ctx, 0, gradient));
  SMCLI_ASSIGN_OR_RETURN(const double alpha, Rate(ctx, 1, "alpha"));
  DispatchWide(gradient.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    T* to = value->mutable_data<T>();
    for (int64_t i = 0; i < gradient.num_elements(); ++i) to[i] -= static_cast<T>(alpha) * gradient.data<T>()[i];
  });
  return {};
}

// (var, accum, lr, grad, momentum): accum = accum * momentum + grad; var -= lr * accum, or Nesterov's form.
class Momentum final : public Kernel {
 public:
  static Result<Momentum> Make(const NodeInfo& node) {
    Momentum kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.nesterov_, node.attrs.Bool("use_nesterov"));
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const Tensor& gradient = ctx.input(3);
    SMCLI_ASSIGN_OR_RETURN(Tensor * value, Slot(ctx, 0, gradient));
    SMCLI_ASSIGN_OR_RETURN(Tensor * accumulator, Slot(ctx, 1, gradient));
    SMCLI_ASSIGN_OR_RETURN(const double lr, Rate(ctx, 2, "lr"));
    SMCLI_ASSIGN_OR_RETURN(const double momentum, Rate(ctx, 4, "momentum"));
    DispatchWide(gradient.dtype(), [&](auto tag) {
      using T = typename decltype(tag)::type;
      const auto rate = static_cast<T>(lr), keep = static_cast<T>(momentum);
      T *var = value->mutable_data<T>(), *accum = accumulator->mutable_data<T>();
      const T* grad = gradient.data<T>();
      for (int64_t i = 0; i < gradient.num_elements(); ++i) {
        accum[i] = accum[i] * keep + grad[i];
        var[i] -= nesterov_ ? grad[i] * rate + accum[i] * keep * rate : rate * accum[i];
      }
    });
    return {};
  }

 private:
  bool nesterov_ = false;
};

// (var, m, v, beta1_power, beta2_power, lr, beta1, beta2, epsilon, grad), as in kernels/training_ops.cc, ApplyAdam.
class Adam final : public Kernel {
 public:
  static Result<Adam> Make(const NodeInfo& node) {
    Adam kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.nesterov_, node.attrs.Bool("use_nesterov"));
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const Tensor& gradient = ctx.input(9);
    SMCLI_ASSIGN_OR_RETURN(Tensor * value, Slot(ctx, 0, gradient));
    SMCLI_ASSIGN_OR_RETURN(Tensor * first, Slot(ctx, 1, gradient));
    SMCLI_ASSIGN_OR_RETURN(Tensor * second, Slot(ctx, 2, gradient));
    std::array<double, 6> rates{};
    for (int i = 0; i < 6; ++i) {
      SMCLI_ASSIGN_OR_RETURN(rates[static_cast<size_t>(i)], Rate(ctx, 3 + i, "a hyperparameter"));
    }
    DispatchWide(gradient.dtype(), [&](auto tag) {
      using T = typename decltype(tag)::type;
      Step<T>(rates, gradient, *value, *first, *second);
    });
    return {};
  }

 private:
  template <typename T>
  void Step(const std::array<double, 6>& rates, const Tensor& gradient, Tensor& value, Tensor& first,
            Tensor& second) const {
    const T beta1_power = static_cast<T>(rates[0]), beta2_power = static_cast<T>(rates[1]),
            beta1 = static_cast<T>(rates[3]), beta2 = static_cast<T>(rates[4]), epsilon = static_cast<T>(rates[5]);
    const T alpha = static_cast<T>(rates[2]) * std::sqrt(T(1) - beta2_power) / (T(1) - beta1_power);
    T *var = value.mutable_data<T>(), *m = first.mutable_data<T>(), *v = second.mutable_data<T>();
    const T* grad = gradient.data<T>();
    for (int64_t i = 0; i < gradient.num_elements(); ++i) {
      m[i] += (grad[i] - m[i]) * (T(1) - beta1);
      v[i] += (grad[i] * grad[i] - v[i]) * (T(1) - beta2);
      const T step = nesterov_ ? m[i] * beta1 + (T(1) - beta1) * grad[i] : m[i];
      var[i] -= step * alpha / (std::sqrt(v[i]) + epsilon);
    }
  }

  bool nesterov_ = false;
};

constexpr DataTypeSet kWide = DataType::kFloat | DataType::kDouble;

constexpr Op kOps[] = {
    {.name = "ResourceApplyAdam",
     .types = {{{"T", kWide}}},
     .make = MakeKernel<Adam>,
     .tolerance = Tolerance::kRounding,
     .pure = false},
    {.name = "ResourceApplyGradientDescent",
     .types = {{{"T", kWide}}},
     .make = MakeFunctionKernel<GradientDescent>,
     .tolerance = Tolerance::kRounding,
     .pure = false},
    {.name = "ResourceApplyMomentum",
     .types = {{{"T", kWide}}},
     .make = MakeKernel<Momentum>,
     .tolerance = Tolerance::kRounding,
     .pure = false},
};

}  // namespace

std::span<const Op> TrainingOps() { return kOps; }

}  // namespace smcli
