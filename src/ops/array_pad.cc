// Pad, PadV2, MirrorPad and its gradient.
#include "ops/arithmetic.h"
#include "ops/int_args.h"
#include "ops/move.h"
#include "ops/op.h"
#include "ops/strided_copy.h"

namespace smcli {
namespace {

// How much is added on both sides of each dimension, and the shape that comes of it.
struct Paddings {
  IntList before, after;
  Shape shape;
};

Result<Paddings> ReadPaddings(const Tensor& paddings, const Shape& input) {
  if (paddings.rank() != 2 || paddings.dim(1) != 2) {
    return ModelError("paddings must be a matrix with 2 columns: {}", paddings.shape().ToString());
  }
  if (paddings.dim(0) != input.rank()) {
    return ModelError("The first dimension of paddings must be the rank of inputs {} {}", paddings.shape().ToString(),
                      input.ToString());
  }
  Paddings result;
  for (int i = 0; i < input.rank(); ++i) {
    result.before.push_back(IntAt(paddings, 2 * i));
    result.after.push_back(IntAt(paddings, 2 * i + 1));
    if (result.before[i] < 0 || result.after[i] < 0) {
      return ModelError("Paddings must be non-negative: {} {}", result.before[i], result.after[i]);
    }
  }
  return result;
}

Status Enlarge(Paddings& paddings, const Shape& input) {
  IntList dims;
  for (int i = 0; i < input.rank(); ++i) {
    int64_t extent = 0;
    if (__builtin_add_overflow(paddings.before[i], paddings.after[i], &extent) ||
        __builtin_add_overflow(extent, input.dim(i), &extent)) {
      return ModelError("the padded dimension {} is too large", i);
    }
    dims.push_back(extent);
  }
  SMCLI_ASSIGN_OR_RETURN(paddings.shape, CheckedShape(dims));
  return {};
}

// Where the input's first element lands, and the copy of the input into the middle of the output.
int64_t CopyMiddle(ThreadPool& pool, const Tensor& input, const Paddings& paddings, Tensor& out) {
  const auto from = RowMajorStrides(input.shape());
  const auto to = RowMajorStrides(out.shape());
  StridedCopy copy;
  int64_t first = 0;
  for (int i = 0; i < input.rank(); ++i) {
    const auto d = static_cast<size_t>(i);
    copy.Add(input.dim(i), from[d], to[d]);
    first += paddings.before[i] * to[d];
  }
  if (input.num_elements() > 0) copy.Run(pool, input, 0, out, first);
  return first;
}

// Fills the box that lies before (or after) the input in dimension d: whole in the dimensions behind d, as wide as the
// input in those before it. So the boxes of all dimensions do not overlap.
void FillSide(ThreadPool& pool, const Tensor& value, const Shape& input, const Paddings& paddings, int d, bool behind,
              Tensor& out) {
  const auto to = RowMajorStrides(out.shape());
  StridedCopy fill;
  int64_t first = behind ? (paddings.before[d] + input.dim(d)) * to[static_cast<size_t>(d)] : 0;
  for (int i = 0; i < input.rank(); ++i) {
    const int64_t stride = to[static_cast<size_t>(i)];
    if (i < d) first += paddings.before[i] * stride;
    fill.Add(i < d ? input.dim(i) : i > d ? out.dim(i) : behind ? paddings.after[i] : paddings.before[i], 0, stride);
  }
  fill.Run(pool, value, 0, out, first);
}

Status PadWith(KernelContext& ctx, const Tensor& value) {
  const Tensor& input = ctx.input(0);
  SMCLI_ASSIGN_OR_RETURN(Paddings paddings, ReadPaddings(ctx.input(1), input.shape()));
  SMCLI_RETURN_IF_ERROR(Enlarge(paddings, input.shape()));
  if (paddings.shape == input.shape()) {
    ctx.set_output(0, ctx.TakeInput(0));
    return {};
  }
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, input.dtype(), paddings.shape));
  if (out->num_elements() == 0) return {};
  for (int d = 0; d < input.rank(); ++d) {
    FillSide(ctx.pool(), value, input.shape(), paddings, d, false, *out);
    FillSide(ctx.pool(), value, input.shape(), paddings, d, true, *out);
  }
  CopyMiddle(ctx.pool(), input, paddings, *out);
  return {};
}

Status Pad(KernelContext& ctx) {
  SMCLI_ASSIGN_OR_RETURN(Tensor zero, Tensor::Make(ctx.input(0).dtype(), Shape{}));
  FillZero(zero);
  return PadWith(ctx, zero);
}

Status PadV2(KernelContext& ctx) {
  const Tensor& value = ctx.input(2);
  if (value.rank() != 0) return ModelError("constant_values must be a scalar. Found: {}", value.shape().ToString());
  return PadWith(ctx, value);
}

// 1 where the mirror stands on the outermost element (REFLECT), 0 where it stands beside it (SYMMETRIC).
Result<int> MirrorOffset(const NodeInfo& node) {
  SMCLI_ASSIGN_OR_RETURN(const std::string mode, node.attrs.String("mode"));
  if (mode == "REFLECT") return 1;
  if (mode == "SYMMETRIC") return 0;
  return UnsupportedError("mode '{}' of {}", mode, node.op);
}

class MirrorPad final : public Kernel {
 public:
  static Result<MirrorPad> Make(const NodeInfo& node) {
    MirrorPad kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.offset_, MirrorOffset(node));
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const Tensor& input = ctx.input(0);
    SMCLI_ASSIGN_OR_RETURN(Paddings paddings, ReadPaddings(ctx.input(1), input.shape()));
    for (int i = 0; i < input.rank(); ++i) {
      if (std::max(paddings.before[i], paddings.after[i]) <= input.dim(i) - offset_) continue;
      return ModelError("paddings must be {} than the dimension size: {}, {} for {}",
                        offset_ == 1 ? "less" : "no greater", paddings.before[i], paddings.after[i], input.dim(i));
    }
    SMCLI_RETURN_IF_ERROR(Enlarge(paddings, input.shape()));
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, input.dtype(), paddings.shape));
    if (out->num_elements() == 0) return {};
    const int64_t first = CopyMiddle(ctx.pool(), input, paddings, *out);
    // The last dimension is mirrored within the rows of the input, the one before it within whole rows of the output,
    // ...
    for (int d = input.rank() - 1; d >= 0; --d) MirrorSides(ctx.pool(), input.shape(), paddings, d, first, *out);
    return {};
  }

 private:
  void MirrorSides(ThreadPool& pool, const Shape& input, const Paddings& paddings, int d, int64_t middle,
                   Tensor& out) const {
    const auto strides = RowMajorStrides(out.shape());
    const int64_t stride = strides[static_cast<size_t>(d)];
    // The first element of the middle in dimensions up to d, of everything in those behind.
    int64_t first = middle;
    for (int i = d + 1; i < input.rank(); ++i) first -= paddings.before[i] * strides[static_cast<size_t>(i)];
    const auto mirror = [&](int64_t count, int64_t from, int64_t to) {
      StridedCopy copy;
      for (int i = 0; i < input.rank(); ++i) {
        const int64_t step = strides[static_cast<size_t>(i)];
        if (i == d) {
          copy.Add(count, -step, step);
        } else {
          copy.Add(i < d ? input.dim(i) : out.dim(i), step, step);
        }
      }
      copy.Run(pool, out, first + from * stride, out, first + to * stride);
    };
    mirror(paddings.before[d], paddings.before[d] - 1 + offset_, -paddings.before[d]);
    mirror(paddings.after[d], input.dim(d) - 1 - offset_, input.dim(d));
  }

  int offset_ = 0;
};

// Adds what MirrorPad had copied outwards back onto the elements it came from.
class MirrorPadGrad final : public Kernel {
 public:
  static Result<MirrorPadGrad> Make(const NodeInfo& node) {
    MirrorPadGrad kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.offset_, MirrorOffset(node));
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const Tensor& input = ctx.input(0);
    SMCLI_ASSIGN_OR_RETURN(const Paddings paddings, ReadPaddings(ctx.input(1), input.shape()));
    IntList dims;
    for (int i = 0; i < input.rank(); ++i) {
      int64_t total = 0;
      if (__builtin_add_overflow(paddings.before[i], paddings.after[i], &total) || total >= input.dim(i)) {
        return ModelError("Total paddings must be less than the input dimension size: {} was not less than {}", total,
                          input.dim(i));
      }
      dims.push_back(input.dim(i) - total);
      if (std::max(paddings.before[i], paddings.after[i]) > dims[i] - offset_) {
        return ModelError("paddings {} and {} reach beyond the mirrored dimension of {}", paddings.before[i],
                          paddings.after[i], dims[i]);
      }
    }
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, input.dtype(), Shape(dims.span())));
    FillZero(*out);
    if (!DispatchNumbers(input.dtype(),
                         [&](auto tag) { AddBack<typename decltype(tag)::type>(input, paddings, *out); })) {
      return UnsupportedError("MirrorPadGrad of {}", Name(input.dtype()));
    }
    return {};
  }

 private:
  template <typename T>
  void AddBack(const Tensor& input, const Paddings& paddings, Tensor& out) const {
    const T* from = input.data<T>();
    T* to = out.mutable_data<T>();
    const auto strides = RowMajorStrides(out.shape());
    IntList index;
    index.assign(input.rank(), 0);
    for (int64_t i = 0; i < input.num_elements(); ++i) {
      int64_t at = 0;
      for (int d = 0; d < input.rank(); ++d) {
        int64_t place = index[d] - paddings.before[d];
        if (place < 0) place = -place - 1 + offset_;
        if (place >= out.dim(d)) place = 2 * out.dim(d) - 1 - offset_ - place;
        at += place * strides[static_cast<size_t>(d)];
      }
      to[at] = Plus(to[at], from[i]);
      for (int d = input.rank() - 1; d >= 0 && ++index[d] == input.dim(d); --d) index[d] = 0;
    }
  }

  int offset_ = 0;
};

constexpr Op kOps[] = {
    {.name = "MirrorPad", .types = {}, .make = MakeKernel<MirrorPad>},
    {.name = "MirrorPadGrad", .types = {{{"T", kNumbers}}}, .make = MakeKernel<MirrorPadGrad>},
    {.name = "Pad", .types = {}, .make = MakeFunctionKernel<Pad>},
    {.name = "PadV2", .types = {}, .make = MakeFunctionKernel<PadV2>},
};

}  // namespace

std::span<const Op> ArrayPadOps() { return kOps; }

}  // namespace smcli
