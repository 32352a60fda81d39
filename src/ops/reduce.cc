// Sum, Mean, Prod, Max, Min, All, Any, EuclideanNorm and L2Loss.
#include <complex>
#include <vector>

#include "ops/cast.h"
#include "ops/element_function.h"
#include "ops/op.h"
#include "ops/reduction.h"
#include "ops/through_float.h"

namespace smcli {
namespace {

template <Reduction kReduction>
class Reduce final : public Kernel {
 public:
  static Result<Reduce> Make(const NodeInfo& node) {
    Reduce kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.keep_dims_, node.attrs.Bool("keep_dims"));
    kernel.reducer_ = FindReducer(kReduction, node.input_types[0]);
    if (kernel.reducer_.run == nullptr) {
      return UnsupportedError("{} of {} is not implemented", node.op, Name(node.input_types[0]));
    }
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const Tensor& input = ctx.input(0);
    SMCLI_ASSIGN_OR_RETURN(const ReducedAxes axes, ReducedAxes::Make(ctx.input(1), input.rank()));
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, ReducedShape(input.shape(), axes, keep_dims_));
    if (shape.num_elements() == input.num_elements()) {
      ctx.set_output(0, ctx.TakeInput(0).Reshaped(shape));
      return {};
    }
    SMCLI_ASSIGN_OR_RETURN(Tensor out, smcli::Reduce(ctx.pool(), input, axes, shape, reducer_));
    ctx.set_output(0, std::move(out));
    return {};
  }

 private:
  bool keep_dims_ = false;
  Reducer reducer_;
};

// The sum over the count; integers are summed in int64 and rounded towards zero. Of nothing: NaN, for integers 0.
class Mean final : public Kernel {
 public:
  static Result<Mean> Make(const NodeInfo& node) {
    Mean kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.keep_dims_, node.attrs.Bool("keep_dims"));
    kernel.dtype_ = node.input_types[0];
    kernel.compute_ = kInts.Contains(kernel.dtype_) ? DataType::kInt64 : kernel.dtype_;
    kernel.reducer_ = FindReducer(Reduction::kSum, kernel.compute_);
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    Tensor input = ctx.input(0);
    SMCLI_ASSIGN_OR_RETURN(const ReducedAxes axes, ReducedAxes::Make(ctx.input(1), input.rank()));
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, ReducedShape(input.shape(), axes, keep_dims_));
    if (shape.num_elements() == input.num_elements()) {
      ctx.set_output(0, ctx.TakeInput(0).Reshaped(shape));
      return {};
    }
    SMCLI_ASSIGN_OR_RETURN(input, CastTensor(ctx.pool(), input, compute_));
    SMCLI_ASSIGN_OR_RETURN(Tensor mean, smcli::Reduce(ctx.pool(), input, axes, shape, reducer_));
    const int64_t count = shape.num_elements() > 0 ? input.num_elements() / shape.num_elements() : 0;
    Divide(mean, count);
    SMCLI_ASSIGN_OR_RETURN(mean, CastTensor(ctx.pool(), mean, dtype_));
    ctx.set_output(0, std::move(mean));
    return {};
  }

 private:
  static void Divide(Tensor& sums, int64_t count) {
    switch (sums.dtype()) {
      case DataType::kFloat: DivideAs<float>(sums, count); break;
      case DataType::kDouble: DivideAs<double>(sums, count); break;
      case DataType::kComplex64: DivideAs<std::complex<float>>(sums, count); break;
      case DataType::kComplex128: DivideAs<std::complex<double>>(sums, count); break;
      default:
        for (int64_t& x : sums.mutable_flat<int64_t>()) x = count > 0 ? x / count : 0;
    }
  }
  template <typename T>
  static void DivideAs(Tensor& sums, int64_t count) {
    const T divisor(static_cast<float>(count));
    if (count == 0 && !std::is_floating_point_v<T>) return;  // a complex mean of nothing is 0
    for (T& x : sums.mutable_flat<T>()) x /= divisor;
  }

  bool keep_dims_ = false;
  DataType dtype_ = DataType::kInvalid, compute_ = DataType::kInvalid;
  Reducer reducer_;
};

// The square root of the sum of |x|^2.
class EuclideanNorm final : public Kernel {
 public:
  static Result<EuclideanNorm> Make(const NodeInfo& node) {
    EuclideanNorm kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.keep_dims_, node.attrs.Bool("keep_dims"));
    kernel.dtype_ = node.input_types[0];
    // Integers are squared and summed as they are; their root is taken in double.
    kernel.square_ = FindBinary(BinaryFn::kSquaredDifference, kernel.dtype_);
    kernel.reducer_ = FindReducer(Reduction::kSum, kernel.dtype_);
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const Tensor& input = ctx.input(0);
    SMCLI_ASSIGN_OR_RETURN(const ReducedAxes axes, ReducedAxes::Make(ctx.input(1), input.rank()));
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, ReducedShape(input.shape(), axes, keep_dims_));
    SMCLI_ASSIGN_OR_RETURN(Tensor squares, Tensor::Make(dtype_, input.shape()));
    const std::complex<double> zero = 0;
    if (input.num_elements() > 0) {
      square_(input.raw_data(), &zero, squares.mutable_raw_data(), input.num_elements(), Scalar::kRight);
    }
    SMCLI_ASSIGN_OR_RETURN(Tensor norm, smcli::Reduce(ctx.pool(), squares, axes, shape, reducer_));
    const bool direct = dtype_ == DataType::kFloat || kComplexes.Contains(dtype_);
    SMCLI_ASSIGN_OR_RETURN(norm, CastTensor(ctx.pool(), norm, direct ? dtype_ : DataType::kDouble));
    if (norm.num_elements() > 0) {
      SMCLI_ASSIGN_OR_RETURN(Tensor root, Tensor::Make(norm.dtype(), norm.shape()));
      FindUnary(UnaryFn::kSqrt, norm.dtype())(norm.raw_data(), root.mutable_raw_data(), norm.num_elements());
      norm = std::move(root);
    }
    SMCLI_ASSIGN_OR_RETURN(norm, CastTensor(ctx.pool(), norm, dtype_));
    ctx.set_output(0, std::move(norm));
    return {};
  }

 private:
  bool keep_dims_ = false;
  DataType dtype_ = DataType::kInvalid;
  BinaryFunction square_;
  Reducer reducer_;
};

// Half the sum of squares, of the whole tensor.
template <typename T>
Status ComputeL2Loss(KernelContext& ctx, const ReduceLoops& loops) {
  constexpr int64_t kPiece = 16384;
  const Tensor& x = ctx.input(0);
  const int64_t n = x.num_elements(), pieces = (n + kPiece - 1) / kPiece;
  std::vector<T> parts(static_cast<size_t>(pieces));
  ctx.pool().ParallelFor(pieces, ThreadPool::GrainOf(0.3 * kPiece), [&](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; ++p) {
      loops.sum_squares(x.data<T>() + p * kPiece, std::min(kPiece, n - p * kPiece), &parts[static_cast<size_t>(p)]);
    }
  });
  T sum = 0;
  loops.sum(parts.data(), pieces, &sum);
  ctx.set_output(0, Tensor::Scalar<T>(sum / 2));
  return {};
}

Status L2Loss(KernelContext& ctx) {
  return ctx.input(0).dtype() == DataType::kDouble ? ComputeL2Loss<double>(ctx, *CurrentLoops().reduce_f64)
                                                   : ComputeL2Loss<float>(ctx, *CurrentLoops().reduce_f32);
}

constexpr auto kRounding = Tolerance::kRounding;

constexpr Op kOps[] = {
    {.name = "All", .types = {}, .make = MakeKernel<Reduce<Reduction::kAll>>},
    {.name = "Any", .types = {}, .make = MakeKernel<Reduce<Reduction::kAny>>},
    {.name = "EuclideanNorm",
     .types = {{{"T", kNumbers}}},
     .make = ThroughFloat<MakeKernel<EuclideanNorm>>,
     .tolerance = kRounding},
    {.name = "L2Loss",
     .types = {{{"T", kFloats}}},
     .make = ThroughFloat<MakeFunctionKernel<L2Loss>>,
     .tolerance = kRounding},
    {.name = "Max",
     .types = {{{"T", kRealNumbers | kQuantized}}},
     .make = ThroughFloat<MakeKernel<Reduce<Reduction::kMaximum>>>},
    {.name = "Mean", .types = {{{"T", kNumbers}}}, .make = ThroughFloat<MakeKernel<Mean>>, .tolerance = kRounding},
    {.name = "Min",
     .types = {{{"T", kRealNumbers | kQuantized}}},
     .make = ThroughFloat<MakeKernel<Reduce<Reduction::kMinimum>>>},
    {.name = "Prod",
     .types = {{{"T", kNumbers}}},
     .make = ThroughFloat<MakeKernel<Reduce<Reduction::kProduct>>>,
     .tolerance = kRounding},
    {.name = "Sum",
     .types = {{{"T", kNumbers}}},
     .make = ThroughFloat<MakeKernel<Reduce<Reduction::kSum>>>,
     .tolerance = kRounding},
};

}  // namespace

std::span<const Op> ReduceOps() { return kOps; }

}  // namespace smcli
