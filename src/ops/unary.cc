// The ops that are rows of loops/unary.def, and their like that have an attribute.
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <numbers>

#include "ops/elementwise.h"
#include "ops/expect.h"
#include "ops/move.h"
#include "ops/through_float.h"

namespace smcli {
namespace {

// x for positive x, alpha * x for others.
class LeakyRelu final : public Kernel {
 public:
  static Result<LeakyRelu> Make(const NodeInfo& node) {
    LeakyRelu kernel;
    SMCLI_ASSIGN_OR_RETURN(const float alpha,
                           node.attrs.Float(node.attrs.Has("leakyrelu_alpha") ? "leakyrelu_alpha" : "alpha"));
    kernel.dtype_ = node.input_types[0];
    kernel.function_ = FindBinary(BinaryFn::kLeakyRelu, kernel.dtype_);
    switch (kernel.dtype_) {
      case DataType::kDouble: kernel.alpha_ = Tensor::Scalar<double>(alpha); break;
      case DataType::kHalf: kernel.alpha_ = Tensor::Scalar(Half(alpha)); break;
      case DataType::kBfloat16: kernel.alpha_ = Tensor::Scalar(BFloat16(alpha)); break;
      default: kernel.alpha_ = Tensor::Scalar(alpha);
    }
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const Tensor& x = ctx.input(0);
    const auto* from = static_cast<const uint8_t*>(x.raw_data());
    const int64_t n = x.num_elements(), size = SizeOf(dtype_);
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.AllocateOrForward(0, 0, dtype_, x.shape()));
    if (n == 0) return {};
    auto* to = static_cast<uint8_t*>(out->mutable_raw_data());
    ctx.pool().ParallelFor(n, ThreadPool::GrainOf(function_.nanoseconds), [&](int64_t begin, int64_t end) {
      function_(from + begin * size, alpha_.raw_data(), to + begin * size, end - begin, Scalar::kRight);
    });
    return {};
  }

 private:
  DataType dtype_ = DataType::kInvalid;
  BinaryFunction function_;
  Tensor alpha_;
};

// (gradients, features): the gradient where the feature is positive, alpha times it elsewhere.
class LeakyReluGradient final : public Kernel {
 public:
  static Result<std::unique_ptr<Kernel>> Make(const NodeInfo& node) {
    auto kernel = std::make_unique<LeakyReluGradient>();
    SMCLI_ASSIGN_OR_RETURN(kernel->alpha_, node.attrs.Float("alpha"));
    return std::unique_ptr<Kernel>(std::move(kernel));
  }
  Status Compute(KernelContext& ctx) const override {
    SMCLI_RETURN_IF_ERROR(ExpectSameShape(ctx.input(0), "gradients", ctx.input(1), "features"));
    return ctx.input(0).dtype() == DataType::kDouble ? Run<double>(ctx) : Run<float>(ctx);
  }

 private:
  template <typename T>
  Status Run(KernelContext& ctx) const {
    const T *gradient = ctx.input(0).data<T>(), *feature = ctx.input(1).data<T>();
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, kDataTypeOf<T>, ctx.input(0).shape()));
    T* to = out->mutable_data<T>();
    ctx.pool().ParallelFor(out->num_elements(), ThreadPool::GrainOf(1), [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) to[i] = feature[i] > 0 ? gradient[i] : gradient[i] * static_cast<T>(alpha_);
    });
    return {};
  }

  float alpha_ = 0.2f;
};

// TensorFlow computes softplus of half and bfloat16 with a rounding after exp, and as x itself far above zero (Eigen's
// epsilon decides what is far; kernels/softplus_op.h).
class SoftplusFloat16 final : public Kernel {
 public:
  explicit SoftplusFloat16(DataType dtype) : dtype_(dtype) {}
  Status Compute(KernelContext& ctx) const override {
    return dtype_ == DataType::kHalf ? Run<Half>(ctx, 10) : Run<BFloat16>(ctx, 7);
  }

 private:
  template <typename T>
  Status Run(KernelContext& ctx, int mantissa_bits) const {
    const T* from = ctx.input(0).data<T>();
    const Shape shape = ctx.input(0).shape();
    const auto far = static_cast<float>(T(static_cast<float>(mantissa_bits) * std::numbers::ln2_v<float> - 2.0f));
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.AllocateOrForward(0, 0, dtype_, shape));
    T* to = out->mutable_data<T>();
    ctx.pool().ParallelFor(shape.num_elements(), ThreadPool::GrainOf(10), [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const auto x = static_cast<float>(from[i]);
        const T e = T(std::exp(x));
        to[i] = x > far ? from[i] : x < -far ? e : T(std::log1p(static_cast<float>(e)));
      }
    });
    return {};
  }

  DataType dtype_;
};

// TensorFlow's vectors of eight floats read denormals as zero, whose logarithm is -inf. What is left over at the end
// goes to the C library, which on the way reads them as zero too and answers as for 2^-150.
class LogWithTail final : public Kernel {
 public:
  explicit LogWithTail(UnaryFunction function) : function_(function) {}
  Status Compute(KernelContext& ctx) const override {
    constexpr int64_t kLanes = 8;
    const Tensor& x = ctx.input(0);
    const int64_t n = x.num_elements(), first = n / kLanes * kLanes;
    std::array<bool, kLanes> denormal{};
    for (int64_t i = first; i < n; ++i) {
      denormal[static_cast<size_t>(i - first)] = PositiveDenormal(x.data<float>()[i]);
    }
    SMCLI_RETURN_IF_ERROR(ComputeUnary(ctx, function_, DataType::kFloat));
    for (int64_t i = first; i < n; ++i) {
      if (!denormal[static_cast<size_t>(i - first)]) continue;
      ctx.output(0).mutable_data<float>()[i] = -150 * std::numbers::ln2_v<float>;
    }
    return {};
  }

 private:
  // By its bits: this thread may read denormals as zero.
  static bool PositiveDenormal(float x) {
    const auto bits = std::bit_cast<uint32_t>(x);
    return bits != 0 && bits < std::bit_cast<uint32_t>(std::numeric_limits<float>::min());
  }

  UnaryFunction function_;
};

// Of integers TensorFlow's Round makes zeros (its Python function does not call the op for them).
Status RoundInts(KernelContext& ctx) {
  const DataType dtype = ctx.input(0).dtype();
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.AllocateOrForward(0, 0, dtype, Shape(ctx.input(0).shape())));
  FillZero(*out);
  return {};
}

template <UnaryFn kFn>
Result<std::unique_ptr<Kernel>> MakeUnary(const NodeInfo& node) {
  const DataType dtype = node.input_types[0];
  const UnaryFunction function = FindUnary(kFn, dtype);
  if (kFn == UnaryFn::kSoftplus && function.through != DataType::kInvalid) {
    return std::make_unique<SoftplusFloat16>(dtype);
  }
  if (kFn == UnaryFn::kLog && dtype == DataType::kFloat) return std::make_unique<LogWithTail>(function);
  if (kFn == UnaryFn::kRound && kInts.Contains(dtype)) return MakeFunctionKernel<RoundInts>(node);
  if (!function) return UnsupportedError("{} of {} is not implemented", node.op, Name(dtype));
  return std::make_unique<UnaryKernel>(function, function.predicate ? DataType::kBool : dtype);
}

constexpr Op kOps[] = {
#define UNARY(op, set, forgiven, expr) \
  {.name = #op, .types = {{{"T", set}}}, .make = MakeUnary<UnaryFn::k##op>, .tolerance = Tolerance::forgiven},
#define PREDICATE(op, expr) {.name = #op, .types = {{{"T", kFloats}}}, .make = MakeUnary<UnaryFn::k##op>},
#include "loops/unary.def"
#undef UNARY
#undef PREDICATE
    {.name = "LeakyRelu",
     .types = {{{"T", kFloats}}},
     .make = MakeKernel<LeakyRelu>,
     .tolerance = Tolerance::kRounding},
    {.name = "LeakyReluGrad",
     .types = {{{"T", kFloats}}},
     .make = ThroughFloat<LeakyReluGradient::Make>,
     .tolerance = Tolerance::kRounding},
};

}  // namespace

std::span<const Op> UnaryOps() { return kOps; }

}  // namespace smcli
