// Select, SelectV2 and ClipByValue.
#include <complex>

#include "ops/broadcast.h"
#include "ops/elementwise.h"
#include "ops/move.h"
#include "ops/op.h"

namespace smcli {
namespace {

// Select: the condition is a scalar, a vector that chooses whole rows, or of the operands' shape.
Status Select(KernelContext& ctx) {
  const Tensor& condition = ctx.input(0);
  if (condition.rank() == 0) {
    ctx.set_output(0, ctx.TakeInput(condition.scalar<bool>() ? 1 : 2));
    return {};
  }
  const Tensor& yes = ctx.input(1);
  const Tensor& no = ctx.input(2);
  const bool rows = condition.rank() == 1 && yes.rank() != 1;
  if (rows && yes.rank() > 0 && yes.dim(0) != condition.dim(0)) {
    return ModelError("Number of batches of 'then' must match size of 'cond', but saw: {} vs. {}", yes.dim(0),
                      condition.dim(0));
  }
  if (yes.shape() != no.shape() || (rows ? yes.rank() < 1 : condition.shape() != yes.shape())) {
    const bool operands = yes.shape() != no.shape();
    return ModelError(
        "Inputs to operation Select of type Select must have the same size and shape.  Input 0: {} != input {}: {}",
        (operands ? yes : condition).shape().ToString(), operands ? 2 : 1, (operands ? no : yes).shape().ToString());
  }
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, yes.dtype(), yes.shape()));
  const int64_t n = condition.num_elements();
  if (n == 0) return {};
  const int64_t run = yes.num_elements() / n;
  const bool* chosen = condition.data<bool>();
  DispatchMove(yes.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    const T* x = yes.data<T>();
    const T* y = no.data<T>();
    T* to = out->mutable_data<T>();
    ctx.pool().ParallelFor(n, ThreadPool::GrainOf(0.5 * static_cast<double>(run)), [&](int64_t begin, int64_t end) {
      if (run == 1) {
        for (int64_t i = begin; i < end; ++i) to[i] = chosen[i] ? x[i] : y[i];
        return;
      }
      for (int64_t i = begin; i < end; ++i) CopyRun((chosen[i] ? x : y) + i * run, run, to + i * run);
    });
  });
  return {};
}

Status SelectV2(KernelContext& ctx) {
  const Tensor condition = ctx.input(0), yes = ctx.input(1), no = ctx.input(2);
  auto operands = BroadcastShape(yes.shape(), no.shape());
  auto broadcast = operands.ok() ? BroadcastShape(condition.shape(), *operands) : std::move(operands);
  if (!broadcast.ok()) {
    return ModelError("condition {}, then {}, and else {} must be broadcastable", condition.shape().ToString(),
                      yes.shape().ToString(), no.shape().ToString());
  }
  const Shape& shape = *broadcast;
  if (condition.num_elements() == 1 && yes.shape() == no.shape() && yes.shape() == shape) {
    ctx.set_output(0, condition.data<bool>()[0] ? yes : no);
    return {};
  }
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, yes.dtype(), shape));
  if (shape.num_elements() == 0) return {};
  const BroadcastWalk walk_condition(condition.shape(), shape), walk_yes(yes.shape(), shape),
      walk_no(no.shape(), shape);
  const bool* chosen = condition.data<bool>();
  DispatchMove(yes.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    const T* x = yes.data<T>();
    const T* y = no.data<T>();
    T* to = out->mutable_data<T>();
    ctx.pool().ParallelFor(shape.num_elements(), ThreadPool::GrainOf(1), [&](int64_t begin, int64_t end) {
      auto at_condition = walk_condition.Seek(begin), at_yes = walk_yes.Seek(begin), at_no = walk_no.Seek(begin);
      while (begin < end) {
        const int64_t run = std::min({at_condition.left, at_yes.left, at_no.left, end - begin});
        const int64_t c_step = walk_condition.inner_repeats() ? 0 : 1;
        const int64_t x_step = walk_yes.inner_repeats() ? 0 : 1, y_step = walk_no.inner_repeats() ? 0 : 1;
        for (int64_t i = 0; i < run; ++i) {
          to[begin + i] =
              chosen[at_condition.offset + i * c_step] ? x[at_yes.offset + i * x_step] : y[at_no.offset + i * y_step];
        }
        begin += run;
        if (begin == end) break;
        walk_condition.Advance(at_condition, run);
        walk_yes.Advance(at_yes, run);
        walk_no.Advance(at_no, run);
      }
    });
  });
  return {};
}

// max(min(t, high), low): where the bounds cross, the lower one wins. Bounds are scalars or of the shape of t.
class ClipByValue final : public Kernel {
 public:
  static Result<ClipByValue> Make(const NodeInfo& node) {
    ClipByValue kernel;
    kernel.dtype_ = node.input_types[0];
    kernel.minimum_ = FindBinary(BinaryFn::kMinimum, kernel.dtype_);
    kernel.maximum_ = FindBinary(BinaryFn::kMaximum, kernel.dtype_);
    if (!kernel.minimum_) return UnsupportedError("ClipByValue of {} is not implemented", Name(kernel.dtype_));
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const Tensor x = ctx.TakeInput(0);
    const Tensor& low = ctx.input(1);
    const Tensor& high = ctx.input(2);
    for (const Tensor* bound : {&low, &high}) {
      if (bound->rank() == 0 || bound->shape() == x.shape()) continue;
      return ModelError(
          "clip_value_min and clip_value_max must be either of the same shape as input, or a scalar. input "
          "shape: {} clip_value_min shape: {} clip_value_max shape: {}",
          x.shape().ToString(), low.shape().ToString(), high.shape().ToString());
    }
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, dtype_, x.shape()));
    const int64_t n = x.num_elements(), size = SizeOf(dtype_);
    if (n == 0) return {};
    auto* to = static_cast<uint8_t*>(out->mutable_raw_data());
    const auto apply = [&](const BinaryFunction& f, const void* values, const Tensor& bound, int64_t begin,
                           int64_t end) {
      const bool scalar = bound.rank() == 0;
      const auto* bounds = static_cast<const uint8_t*>(bound.raw_data()) + (scalar ? 0 : begin * size);
      f(static_cast<const uint8_t*>(values) + begin * size, bounds, to + begin * size, end - begin,
        scalar ? Scalar::kRight : Scalar::kNone);
    };
    ctx.pool().ParallelFor(n, ThreadPool::GrainOf(0.6), [&](int64_t begin, int64_t end) {
      apply(minimum_, x.raw_data(), high, begin, end);
      apply(maximum_, to, low, begin, end);
    });
    return {};
  }

 private:
  DataType dtype_ = DataType::kInvalid;
  BinaryFunction minimum_, maximum_;
};

constexpr Op kOps[] = {
    {.name = "ClipByValue", .types = {{{"T", kRealNumbers}}}, .make = MakeKernel<ClipByValue>},
    {.name = "Select", .types = {}, .make = MakeFunctionKernel<Select>},
    {.name = "SelectV2", .types = {}, .make = MakeFunctionKernel<SelectV2>},
};

}  // namespace

std::span<const Op> SelectOps() { return kOps; }

}  // namespace smcli
