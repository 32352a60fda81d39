// The ops that are rows of loops/binary.def.
#include <functional>
#include <string>

#include "ops/elementwise.h"

namespace smcli {
namespace {

template <typename T>
bool AnyIs(const Tensor& tensor, T value) {
  return std::ranges::any_of(tensor.flat<T>(), [value](T x) { return x == value; });
}
template <typename T>
bool AnyNegative(const Tensor& tensor) {
  return std::ranges::any_of(tensor.flat<T>(), [](T x) { return x < T(0); });
}

// Integer division and powers, which have operands without an answer.
class CheckedIntegers final : public Kernel {
 public:
  CheckedIntegers(BinaryFunction function, DataType dtype, bool power)
      : function_(function), dtype_(dtype), power_(power) {}
  Status Compute(KernelContext& ctx) const override {
    const Tensor& b = ctx.input(1);
    bool bad = false;
    DispatchInts(dtype_, [&](auto tag) {
      using T = typename decltype(tag)::type;
      bad = power_ ? AnyNegative<T>(b) : AnyIs<T>(b, T(0));
    });
    if (bad && power_) return ModelError("Integers to negative integer powers are not allowed");
    if (bad) {
      SMCLI_ASSIGN_OR_RETURN(const Shape shape, BroadcastShape(ctx.input(0).shape(), b.shape()));
      if (shape.num_elements() > 0) return ModelError("Integer division by zero");
    }
    return ComputeBinary(ctx, function_, dtype_);
  }

 private:
  BinaryFunction function_;
  DataType dtype_;
  bool power_;
};

// f(a[i], b[i]) over strings, with broadcasting.
template <typename R, typename F>
Status ComputeStrings(KernelContext& ctx, DataType dtype, F f) {
  const Tensor a = ctx.TakeInput(0), b = ctx.TakeInput(1);
  SMCLI_ASSIGN_OR_RETURN(const Shape shape, BroadcastShape(a.shape(), b.shape()));
  const BroadcastWalk walk_a(a.shape(), shape), walk_b(b.shape(), shape);
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, dtype, shape));
  if (shape.num_elements() == 0) return {};
  auto at_a = walk_a.Seek(0), at_b = walk_b.Seek(0);
  for (R& y : out->mutable_flat<R>()) {
    y = f(a.data<std::string>()[at_a.offset], b.data<std::string>()[at_b.offset]);
    walk_a.Advance(at_a, 1);
    walk_b.Advance(at_b, 1);
  }
  return {};
}

Status AddStrings(KernelContext& ctx) { return ComputeStrings<std::string>(ctx, DataType::kString, std::plus<>()); }

// Equal and NotEqual. Shapes that do not go together are simply not equal where the node says so
// (incompatible_shape_error = false).
class Equality final : public Kernel {
 public:
  static Result<std::unique_ptr<Kernel>> Make(const NodeInfo& node, BinaryFn fn) {
    auto kernel = std::make_unique<Equality>();
    kernel->equal_ = fn == BinaryFn::kEqual;
    kernel->strict_ = node.attrs.Bool("incompatible_shape_error", true);
    kernel->strings_ = node.input_types[0] == DataType::kString;
    if (!kernel->strings_) kernel->function_ = FindBinary(fn, node.input_types[0]);
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    if (!strict_ && !BroadcastShape(ctx.input(0).shape(), ctx.input(1).shape()).ok()) {
      ctx.set_output(0, Tensor::Scalar(!equal_));
      return {};
    }
    if (!strings_) return ComputeBinary(ctx, function_, DataType::kBool);
    return ComputeStrings<bool>(ctx, DataType::kBool, [this](auto& x, auto& y) { return (x == y) == equal_; });
  }

 private:
  bool equal_ = true, strict_ = true, strings_ = false;
  BinaryFunction function_;
};

bool Divides(BinaryFn fn) {
  return fn == BinaryFn::kDiv || fn == BinaryFn::kFloorDiv || fn == BinaryFn::kFloorMod || fn == BinaryFn::kMod ||
         fn == BinaryFn::kRealDiv || fn == BinaryFn::kTruncateDiv || fn == BinaryFn::kTruncateMod;
}

Result<std::unique_ptr<Kernel>> MakeBinaryKernel(const NodeInfo& node, BinaryFn fn) {
  const DataType dtype = node.input_types[0];
  if (fn == BinaryFn::kEqual || fn == BinaryFn::kNotEqual) return Equality::Make(node, fn);
  if (dtype == DataType::kString) return MakeFunctionKernel<AddStrings>(node);
  const BinaryFunction function = FindBinary(fn, dtype);
  if (!function) return UnsupportedError("{} of {} is not implemented", node.op, Name(dtype));
  if (kInts.Contains(dtype) && (Divides(fn) || fn == BinaryFn::kPow)) {
    return std::make_unique<CheckedIntegers>(function, dtype, fn == BinaryFn::kPow);
  }
  return std::make_unique<BinaryKernel>(function, function.comparison ? DataType::kBool : dtype);
}

template <BinaryFn kFn>
Result<std::unique_ptr<Kernel>> MakeBinary(const NodeInfo& node) {
  return MakeBinaryKernel(node, kFn);
}

constexpr Op kOps[] = {
#define BINARY(op, set, forgiven, expr) \
  {.name = #op, .types = {{{"T", set}}}, .make = MakeBinary<BinaryFn::k##op>, .tolerance = Tolerance::forgiven},
#define COMPARE(op, set, expr) {.name = #op, .types = {{{"T", set}}}, .make = MakeBinary<BinaryFn::k##op>},
#define LOOP(...)
#include "loops/binary.def"
#undef BINARY
#undef COMPARE
#undef LOOP
};

}  // namespace

std::span<const Op> BinaryOps() { return kOps; }

}  // namespace smcli
