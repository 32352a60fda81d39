// The ops that are rows of loops/special.def, and Betainc (TensorFlow: kernels/betainc_op.cc).
#include "loops/special.h"

#include "ops/elementwise.h"
#include "ops/expect.h"

namespace smcli {
namespace {

constexpr DataTypeSet kReals = DataType::kFloat | DataType::kDouble;

// half and bfloat16 are computed in float.
SpecialType TypeOf(DataType dtype) {
  switch (dtype) {
    case DataType::kDouble: return SpecialType::kDouble;
    case DataType::kInt8: return SpecialType::kInt8;
    case DataType::kInt16: return SpecialType::kInt16;
    case DataType::kInt32: return SpecialType::kInt32;
    case DataType::kInt64: return SpecialType::kInt64;
    case DataType::kUint8: return SpecialType::kUint8;
    case DataType::kUint16: return SpecialType::kUint16;
    case DataType::kUint32: return SpecialType::kUint32;
    case DataType::kUint64: return SpecialType::kUint64;
    case DataType::kComplex64: return SpecialType::kComplex64;
    case DataType::kComplex128: return SpecialType::kComplex128;
    default: return SpecialType::kFloat;
  }
}
DataType Through(DataType dtype) {
  return dtype == DataType::kHalf || dtype == DataType::kBfloat16 ? dtype : DataType::kInvalid;
}

constexpr double kNanoseconds = 50;  // of a special function, about

template <SpecialFn kFn>
Result<std::unique_ptr<Kernel>> MakeUnary(const NodeInfo& node) {
  const DataType dtype = node.input_types[0];
  const UnaryFunction function{SpecialUnaryLoop(kFn, TypeOf(dtype)), Through(dtype), false, kNanoseconds};
  if (!function) return UnsupportedError("{} of {} is not implemented", node.op, Name(dtype));
  return std::make_unique<UnaryKernel>(function, dtype);
}

Result<BinaryFunction> FindSpecial(const NodeInfo& node, SpecialFn fn, double nanoseconds) {
  const DataType dtype = node.input_types[0];
  const BinaryFunction function{SpecialBinaryLoop(fn, TypeOf(dtype)), Through(dtype), false, nanoseconds};
  if (!function) return UnsupportedError("{} of {} is not implemented", node.op, Name(dtype));
  return function;
}

template <SpecialFn kFn>
Result<std::unique_ptr<Kernel>> MakeBinary(const NodeInfo& node) {
  SMCLI_ASSIGN_OR_RETURN(const BinaryFunction function, FindSpecial(node, kFn, kNanoseconds));
  return std::make_unique<BinaryKernel>(function, node.input_types[0]);
}

// Two operands of one shape.
class Gradient final : public Kernel {
 public:
  explicit Gradient(BinaryFunction function) : function_(function) {}
  Status Compute(KernelContext& ctx) const override {
    SMCLI_RETURN_IF_ERROR(ExpectSameShape(ctx.input(0), "input 0", ctx.input(1), "input 1"));
    return ComputeBinary(ctx, function_, ctx.input(0).dtype());
  }

 private:
  BinaryFunction function_;
};

template <SpecialFn kFn>
Result<std::unique_ptr<Kernel>> MakeGradient(const NodeInfo& node) {
  SMCLI_ASSIGN_OR_RETURN(const BinaryFunction function, FindSpecial(node, kFn, 1));
  return std::make_unique<Gradient>(function);
}

// Scalars go with any shape; otherwise the shapes are equal.
Status ComputeBetainc(KernelContext& ctx) {
  constexpr std::string_view kNames[] = {"a", "b", "x"};
  int shaped = 0;
  for (int i = 0; i < 3; ++i) {
    if (!ctx.input(i).shape().scalar()) shaped = i;
  }
  const Shape& shape = ctx.input(shaped).shape();
  for (int i = 0; i < 3; ++i) {
    const Shape& other = ctx.input(i).shape();
    if (other.scalar() || other == shape) continue;
    return ModelError("Shapes of {} and {} are inconsistent: {} vs. {}", kNames[i], kNames[shaped], other.ToString(),
                      shape.ToString());
  }
  const int steps[] = {!ctx.input(0).shape().scalar(), !ctx.input(1).shape().scalar(), !ctx.input(2).shape().scalar()};
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, ctx.input(0).dtype(), shape));
  const auto compute = [&]<typename T>(TypeTag<T>) {
    const T* in[] = {ctx.input(0).data<T>(), ctx.input(1).data<T>(), ctx.input(2).data<T>()};
    T* y = out->mutable_data<T>();
    ctx.pool().ParallelFor(shape.num_elements(), ThreadPool::GrainOf(200), [&](int64_t begin, int64_t end) {
      Betainc(in[0] + begin * steps[0], steps[0], in[1] + begin * steps[1], steps[1], in[2] + begin * steps[2],
              steps[2], y + begin, end - begin);
    });
  };
  out->dtype() == DataType::kFloat ? compute(TypeTag<float>{}) : compute(TypeTag<double>{});
  return {};
}

constexpr Op kOps[] = {
    {.name = "Betainc",
     .types = {{{"T", kReals}}},
     .make = MakeFunctionKernel<ComputeBetainc>,
     .tolerance = Tolerance::kRounding},
#define SPECIAL(op, expr) \
  {.name = #op, .types = {{{"T", kFloats}}}, .make = MakeUnary<SpecialFn::k##op>, .tolerance = Tolerance::kRounding},
#define SPECIAL2(op, set, expr) \
  {.name = #op, .types = {{{"T", set}}}, .make = MakeBinary<SpecialFn::k##op>, .tolerance = Tolerance::kRounding},
#define GRADIENT(op, set, expr) \
  {.name = #op, .types = {{{"T", set}}}, .make = MakeGradient<SpecialFn::k##op>, .tolerance = Tolerance::kRounding},
#include "loops/special.def"
#undef SPECIAL
#undef SPECIAL2
#undef GRADIENT
};

}  // namespace

std::span<const Op> SpecialOps() { return kOps; }

}  // namespace smcli
