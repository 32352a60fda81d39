// Reverse, ReverseV2, ReverseSequence and Roll.
#include "ops/int_args.h"
#include "ops/move.h"
#include "ops/op.h"
#include "ops/strided_copy.h"

namespace smcli {
namespace {

constexpr int64_t kBytesPerThread = 128 << 10;

using Axes = std::array<bool, kMaxRank>;

// A scalar or empty input is passed on before the axes are looked at, as TensorFlow's reverse_op.cc does.
bool NothingToReverse(const Tensor& input) { return input.rank() == 0 || input.num_elements() == 0; }

Status PassOn(KernelContext& ctx) {
  ctx.set_output(0, ctx.TakeInput(0));
  return {};
}

// The input with the marked dimensions in opposite order.
Status ReverseAxes(KernelContext& ctx, const Axes& reversed) {
  const Tensor& input = ctx.input(0);
  if (std::ranges::none_of(reversed, [](bool axis) { return axis; }) || input.num_elements() < 2) {
    return PassOn(ctx);
  }
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, input.dtype(), input.shape()));
  const auto strides = RowMajorStrides(input.shape());
  StridedCopy copy;
  int64_t first = 0;
  for (int i = 0; i < input.rank(); ++i) {
    const int64_t stride = strides[static_cast<size_t>(i)];
    const bool backwards = reversed[static_cast<size_t>(i)];
    if (backwards) first += (input.dim(i) - 1) * stride;
    copy.Add(input.dim(i), backwards ? -stride : stride, stride);
  }
  copy.Run(ctx.pool(), input, first, *out, 0);
  return {};
}

Status Reverse(KernelContext& ctx) {
  const Tensor& dims = ctx.input(1);
  if (ctx.input(0).rank() == 0) return PassOn(ctx);
  if (dims.rank() != 1 || dims.num_elements() != ctx.input(0).rank()) {
    return ModelError("'dims' must have one value for each of the {} dimensions, got shape {}", ctx.input(0).rank(),
                      dims.shape().ToString());
  }
  Axes reversed{};
  std::ranges::copy(dims.flat<bool>(), reversed.begin());
  return ReverseAxes(ctx, reversed);
}

Status ReverseV2(KernelContext& ctx) {
  if (NothingToReverse(ctx.input(0))) return PassOn(ctx);
  SMCLI_ASSIGN_OR_RETURN(const IntList axes, VectorInts(ctx.input(1), "'axis'"));
  Axes reversed{};
  for (int64_t wanted : axes) {
    SMCLI_ASSIGN_OR_RETURN(const int axis, NormalAxis(wanted, ctx.input(0).rank()));
    if (reversed[static_cast<size_t>(axis)]) return ModelError("axis {} specified more than once.", axis);
    reversed[static_cast<size_t>(axis)] = true;
  }
  return ReverseAxes(ctx, reversed);
}

// Reverses the first seq_lengths[b] entries along seq_dim, for each b of batch_dim.
class ReverseSequence final : public Kernel {
 public:
  static Result<ReverseSequence> Make(const NodeInfo& node) {
    ReverseSequence kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.sequence_, node.attrs.Int("seq_dim"));
    SMCLI_ASSIGN_OR_RETURN(kernel.batch_, node.attrs.Int("batch_dim"));
    if (kernel.sequence_ < 0) return ModelError("Invalid seq_dim {}", kernel.sequence_);
    if (kernel.batch_ < 0) return ModelError("Invalid batch_dim {}", kernel.batch_);
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const Tensor& input = ctx.input(0);
    const Tensor& lengths = ctx.input(1);
    SMCLI_RETURN_IF_ERROR(Check(input.shape(), lengths));
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, input.dtype(), input.shape()));
    if (input.num_elements() == 0) return {};
    const int64_t stride = RowMajorStrides(input.shape())[static_cast<size_t>(batch_)];
    const int64_t extent = input.dim(static_cast<int>(sequence_));
    for (int64_t b = 0; b < lengths.num_elements(); ++b) {
      const int64_t length = IntAt(lengths, b);
      CopyPart(ctx.pool(), input, b * stride, 0, length, true, *out);
      CopyPart(ctx.pool(), input, b * stride, length, extent - length, false, *out);
    }
    return {};
  }

 private:
  Status Check(const Shape& input, const Tensor& lengths) const {
    if (lengths.rank() != 1) return ModelError("seq_lengths must be 1-dim, not {}", lengths.rank());
    if (batch_ == sequence_) return ModelError("batch_dim == seq_dim == {}", batch_);
    if (sequence_ >= input.rank() || batch_ >= input.rank()) {
      return ModelError("seq_dim {} and batch_dim {} must be < input rank {}", sequence_, batch_, input.rank());
    }
    const int64_t batch = input.dim(static_cast<int>(batch_)), extent = input.dim(static_cast<int>(sequence_));
    if (lengths.num_elements() != batch) {
      return ModelError("Length of seq_lengths != input.dims({}), ({} vs. {})", batch_, lengths.num_elements(), batch);
    }
    for (int64_t b = 0; b < batch; ++b) {
      const int64_t length = IntAt(lengths, b);
      if (length < 0 || length > extent) return ModelError("seq_lens({}) = {} is not in [0, {}]", b, length, extent);
    }
    return {};
  }

  // Entries [begin, begin + count) of the sequence, in all dimensions but the batch, whose offset is `first`.
  void CopyPart(ThreadPool& pool, const Tensor& input, int64_t first, int64_t begin, int64_t count, bool backwards,
                Tensor& out) const {
    const auto strides = RowMajorStrides(input.shape());
    const int64_t step = strides[static_cast<size_t>(sequence_)];
    StridedCopy copy;
    for (int i = 0; i < input.rank(); ++i) {
      const int64_t stride = strides[static_cast<size_t>(i)];
      if (i == sequence_) {
        copy.Add(count, backwards ? -step : step, step);
      } else if (i != batch_) {
        copy.Add(input.dim(i), stride, stride);
      }
    }
    copy.Run(pool, input, first + (backwards ? begin + count - 1 : begin) * step, out, first + begin * step);
  }

  int64_t sequence_ = 0, batch_ = 0;
};

// The shift of each dimension, in [0, extent); shifts of one axis add up.
Result<IntList> Shifts(const Tensor& shift, const Tensor& axis, const Shape& shape) {
  if (shape.rank() < 1) return ModelError("input must be 1-D or higher");
  if (shift.rank() > 1)
    return ModelError("shift must be a scalar or a 1-D vector. Found: {}", shift.shape().ToString());
  if (axis.rank() > 1) return ModelError("axis must be a scalar or a 1-D vector. Found: {}", axis.shape().ToString());
  if (!(shift.shape() == axis.shape())) return ModelError("shift and axis must have the same size");
  IntList shifts;
  shifts.assign(shape.rank(), 0);
  for (int64_t i = 0; i < shift.num_elements(); ++i) {
    const int64_t wanted = IntAt(axis, i);
    const int64_t d = wanted < 0 ? wanted + shape.rank() : wanted;
    if (d < 0 || d >= shape.rank()) return ModelError("axis {} is out of range", wanted);
    const int64_t extent = std::max<int64_t>(1, shape.dim(static_cast<int>(d)));
    int64_t& sum = shifts[static_cast<int>(d)];
    sum += IntAt(shift, i) % extent;
    sum = (sum % extent + extent) % extent;
  }
  return shifts;
}

// Copies rows [begin, end) of the dimensions before `last`, each in two runs that have changed places.
template <typename T>
void RollRows(const Shape& shape, const IntList& shifts, int last, const T* from, T* to, int64_t begin, int64_t end) {
  const int64_t inner = shape.Product(last + 1, shape.rank());
  const int64_t row = shape.dim(last) * inner, moved = shifts[last] * inner;
  for (int64_t r = begin; r < end; ++r) {
    int64_t rest = r, source = 0, stride = 1;
    for (int d = last - 1; d >= 0; --d) {
      const int64_t extent = shape.dim(d), index = rest % extent;
      rest /= extent;
      source += (index >= shifts[d] ? index - shifts[d] : index - shifts[d] + extent) * stride;
      stride *= extent;
    }
    CopyRun(from + source * row, row - moved, to + r * row + moved);
    CopyRun(from + source * row + row - moved, moved, to + r * row);
  }
}

Status Roll(KernelContext& ctx) {
  const Tensor& input = ctx.input(0);
  SMCLI_ASSIGN_OR_RETURN(const IntList shifts, Shifts(ctx.input(1), ctx.input(2), input.shape()));
  int last = input.rank() - 1;
  while (last >= 0 && shifts[last] == 0) --last;
  if (last < 0 || input.num_elements() == 0) {
    ctx.set_output(0, ctx.TakeInput(0));
    return {};
  }
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, input.dtype(), input.shape()));
  const int64_t rows = input.shape().Product(0, last);
  const int64_t row_bytes = input.num_elements() / rows * UnitSize(input.dtype());
  DispatchMove(input.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    T* to = out->mutable_data<T>();
    ctx.pool().ParallelFor(rows, std::max<int64_t>(1, kBytesPerThread / row_bytes), [&](int64_t begin, int64_t end) {
      RollRows(input.shape(), shifts, last, input.data<T>(), to, begin, end);
    });
  });
  return {};
}

constexpr Op kOps[] = {
    {.name = "Reverse", .types = {}, .make = MakeFunctionKernel<Reverse>},
    {.name = "ReverseSequence", .types = {}, .make = MakeKernel<ReverseSequence>},
    {.name = "ReverseV2", .types = {}, .make = MakeFunctionKernel<ReverseV2>},
    {.name = "Roll", .types = {}, .make = MakeFunctionKernel<Roll>},
};

}  // namespace

std::span<const Op> ArrayReverseOps() { return kOps; }

}  // namespace smcli
