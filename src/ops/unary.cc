// The ops that are rows of loops/unary.def, and their like that have an attribute.
#include "ops/elementwise.h"

namespace smcli {
namespace {

template <UnaryFn kFn>
Result<std::unique_ptr<Kernel>> MakeUnary(const NodeInfo& node) {
  const DataType dtype = node.input_types[0];
  const UnaryFunction function = FindUnary(kFn, dtype);
  if (!function) return UnsupportedError("{} of {} is not implemented", node.op, Name(dtype));
  return std::make_unique<UnaryKernel>(function, function.predicate ? DataType::kBool : dtype);
}

// x for positive x, alpha * x for others.
class LeakyRelu final : public Kernel {
 public:
  static Result<LeakyRelu> Make(const NodeInfo& node) {
    LeakyRelu kernel;
    SMCLI_ASSIGN_OR_RETURN(const float alpha, node.attrs.Float("alpha"));
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
};

}  // namespace

std::span<const Op> UnaryOps() { return kOps; }

}  // namespace smcli
