// Tensors made of one value, of a sequence, or of zeros and ones.
#include <cmath>
#include <complex>

#include "ops/arithmetic.h"
#include "ops/int_args.h"
#include "ops/move.h"
#include "ops/op.h"
#include "ops/strided_copy.h"
#include "ops/tensor_list.h"

namespace smcli {
namespace {

// Every element of `out` becomes the scalar `value`.
void FillWith(ThreadPool& pool, const Tensor& value, Tensor& out) {
  StridedCopy fill;
  fill.Add(out.num_elements(), 0, 1);
  fill.Run(pool, value, 0, out, 0);
}

// Scalars stand for vectors of one extent and vectors of one element for scalars, as in TensorFlow's older graphs.
Status Fill(KernelContext& ctx) {
  const Tensor& given = ctx.input(0);
  const Tensor& value = ctx.input(1);
  if (given.rank() > 1) return ModelError("dims must represent a vector, got shape {}", given.shape().ToString());
  if (value.rank() > 1 || value.num_elements() != 1) {
    return ModelError("value must represent a scalar, got shape {}", value.shape().ToString());
  }
  SMCLI_ASSIGN_OR_RETURN(const IntList dims, VectorInts(given.Reshaped(Shape{given.num_elements()}), "dims"));
  for (int64_t dim : dims) {
    if (dim < 0) return ModelError("Dimension {} must be >= 0", dim);
  }
  SMCLI_ASSIGN_OR_RETURN(const Shape shape, CheckedShape(dims));
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, value.dtype(), shape));
  FillWith(ctx.pool(), value, *out);
  return {};
}

class Empty final : public Kernel {
 public:
  static Result<Empty> Make(const NodeInfo& node) { return Empty(node.output_types[0]); }
  Status Compute(KernelContext& ctx) const override {
    SMCLI_ASSIGN_OR_RETURN(const IntList dims, VectorInts(ctx.input(0), "shape"));
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, CheckedShape(dims));
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, dtype_, shape));
    FillZero(*out);  // whether `init` asks for it or not: nobody is to see old memory
    return {};
  }

 private:
  explicit Empty(DataType dtype) : dtype_(dtype) {}
  DataType dtype_;
};

// The number of elements of [start, limit) in steps of delta.
template <typename T>
Result<int64_t> RangeSize(T start, T limit, T delta) {
  if constexpr (std::is_integral_v<T>) {
    const auto magnitude = [](T value) {
      return value < T(0) ? uint64_t{0} - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
    };
    const uint64_t span = start < limit ? static_cast<uint64_t>(limit) - static_cast<uint64_t>(start)
                                        : static_cast<uint64_t>(start) - static_cast<uint64_t>(limit);
    const uint64_t step = magnitude(delta);
    const uint64_t size = span / step + (span % step != 0 ? 1 : 0);
    if (size <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) return static_cast<int64_t>(size);
  } else {
    const T steps = Compute2(Minus(limit, start), delta, [](auto x, auto y) { return x / y; });
    using Wide = std::conditional_t<kIsFloat16<T>, float, T>;
    const Wide size = std::ceil(std::abs(static_cast<Wide>(steps)));
    if (size < Wide(0x1p63)) return static_cast<int64_t>(size);  // false for NaN
  }
  return ModelError("the range has more elements than fit into 64 bits");
}

template <typename T>
Status RangeOf(KernelContext& ctx) {
  const T start = ctx.input(0).scalar<T>(), limit = ctx.input(1).scalar<T>(), delta = ctx.input(2).scalar<T>();
  using Wide = std::conditional_t<kIsFloat16<T>, float, T>;
  const auto from = static_cast<Wide>(start), to = static_cast<Wide>(limit), step = static_cast<Wide>(delta);
  if (step == Wide(0)) return ModelError("Requires delta != 0: {}", step);
  if (step > Wide(0) && !(from <= to)) return ModelError("Requires start <= limit when delta > 0: {}/{}", from, to);
  if (!(step > Wide(0)) && !(from >= to)) return ModelError("Requires start >= limit when delta < 0: {}/{}", from, to);
  SMCLI_ASSIGN_OR_RETURN(const int64_t size, RangeSize(start, limit, delta));
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, ctx.input(0).dtype(), Shape{size}));
  T* values = out->mutable_data<T>();
  for (int64_t i = 0; i < size; ++i) {
    if constexpr (kIsFloat16<T>) {
      values[i] = Plus(start, Times(T(static_cast<float>(i)), delta));
    } else {
      values[i] = Plus(start, Times(static_cast<T>(i), delta));
    }
  }
  return {};
}

Status Range(KernelContext& ctx) {
  for (int i = 0; i < 3; ++i) {
    if (ctx.input(i).rank() <= 1 && ctx.input(i).num_elements() == 1) continue;
    return ModelError("start, limit and delta must be scalars, got shape {}", ctx.input(i).shape().ToString());
  }
  Status status;
  if (!DispatchRealNumbers(ctx.input(0).dtype(),
                           [&](auto tag) { status = RangeOf<typename decltype(tag)::type>(ctx); })) {
    return UnsupportedError("a range of {}", Name(ctx.input(0).dtype()));
  }
  return status;
}

template <typename T>
Status LinSpaceOf(KernelContext& ctx, int64_t num) {
  const T start = ctx.input(0).scalar<T>(), stop = ctx.input(1).scalar<T>();
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, ctx.input(0).dtype(), Shape{num}));
  T* values = out->mutable_data<T>();
  const T step = num > 1 ? (stop - start) / static_cast<T>(num - 1) : T(0);
  for (int64_t i = 0; i < num; ++i) values[i] = start + step * static_cast<T>(i);
  if (num > 1) values[num - 1] = stop;
  return {};
}

Status LinSpace(KernelContext& ctx) {
  for (int i = 0; i < 2; ++i) {
    if (ctx.input(i).rank() != 0)
      return ModelError("start and stop must be scalars, not shape {}", ctx.input(i).shape().ToString());
  }
  SMCLI_ASSIGN_OR_RETURN(const int64_t num, ScalarInt(ctx.input(2), "num"));
  if (num <= 0) return ModelError("Requires num > 0: {}", num);
  return ctx.input(0).dtype() == DataType::kDouble ? LinSpaceOf<double>(ctx, num) : LinSpaceOf<float>(ctx, num);
}

// (indices, depth, on_value, off_value); indices outside [0, depth) set nothing.
class OneHot final : public Kernel {
 public:
  static Result<OneHot> Make(const NodeInfo& node) {
    OneHot kernel;
    SMCLI_ASSIGN_OR_RETURN(kernel.axis_, node.attrs.Int("axis"));
    return kernel;
  }
  Status Compute(KernelContext& ctx) const override {
    const Tensor& indices = ctx.input(0);
    const Tensor& on = ctx.input(2);
    const Tensor& off = ctx.input(3);
    if (axis_ < -1 || axis_ > indices.rank()) {
      return ModelError("Expected axis to be -1 or between [0, {}).  But received: {}", indices.rank() + 1, axis_);
    }
    SMCLI_ASSIGN_OR_RETURN(const int64_t depth, ScalarInt(ctx.input(1), "depth"));
    if (depth < 0) return ModelError("depth must be non-negative, got: {}", depth);
    if (on.rank() != 0 || off.rank() != 0) return ModelError("on_value and off_value must be scalars");
    if (indices.rank() == kMaxRank)
      return ModelError("a result of rank {} (at most {} is possible)", kMaxRank + 1, kMaxRank);
    const auto at = static_cast<size_t>(axis_ == -1 ? indices.rank() : axis_);
    IntList dims(indices.shape().dims().first(at));
    dims.push_back(depth);
    dims.append(indices.shape().dims().subspan(at));
    SMCLI_ASSIGN_OR_RETURN(const Shape shape, CheckedShape(dims));
    SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, on.dtype(), shape));
    if (shape.num_elements() == 0) return {};
    FillWith(ctx.pool(), off, *out);
    const int64_t inner = indices.shape().Product(static_cast<int>(at), indices.rank());
    DispatchMove(on.dtype(), [&](auto tag) { SetOnes<typename decltype(tag)::type>(indices, depth, inner, on, *out); });
    return {};
  }

 private:
  template <typename T>
  static void SetOnes(const Tensor& indices, int64_t depth, int64_t inner, const Tensor& on, Tensor& out) {
    const T& value = on.scalar<T>();
    T* to = out.mutable_data<T>();
    for (int64_t i = 0; i < indices.num_elements(); ++i) {
      const int64_t index = IntAt(indices, i);
      if (index >= 0 && index < depth) to[(i / inner * depth + index) * inner + i % inner] = value;
    }
  }

  int64_t axis_ = -1;
};

// Lists of zeros, item by item; another variant becomes none.
Status ZerosLikeVariants(KernelContext& ctx) {
  const Tensor variants = ctx.input(0);
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, DataType::kVariant, variants.shape()));
  for (int64_t i = 0; i < variants.num_elements(); ++i) {
    const auto* list = dynamic_cast<const TensorList*>(variants.data<Variant>()[i].get());
    if (list == nullptr) continue;
    auto zeros = std::make_shared<TensorList>(*list);
    for (Tensor& item : zeros->items) {
      if (!item.has_value()) continue;
      SMCLI_ASSIGN_OR_RETURN(item, Zeros(item.dtype(), Shape(item.shape())));
    }
    out->mutable_data<Variant>()[i] = std::move(zeros);
  }
  return {};
}

Status ZerosLike(KernelContext& ctx) {
  const DataType dtype = ctx.input(0).dtype();
  if (dtype == DataType::kVariant) return ZerosLikeVariants(ctx);
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.AllocateOrForward(0, 0, dtype, Shape(ctx.input(0).shape())));
  FillZero(*out);
  return {};
}

Status OnesLike(KernelContext& ctx) {
  const DataType dtype = ctx.input(0).dtype();
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.AllocateOrForward(0, 0, dtype, Shape(ctx.input(0).shape())));
  const bool known = DispatchNumbersAndBool(dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    std::ranges::fill(out->mutable_flat<T>(), T(1));
  });
  if (!known) return UnsupportedError("ones of type {}", Name(dtype));
  return {};
}

constexpr DataTypeSet kDoubleOrFloat = DataType::kFloat | DataType::kDouble;

constexpr Op kOps[] = {
    {.name = "Empty", .types = {}, .make = MakeKernel<Empty>},
    {.name = "Fill", .types = {}, .make = MakeFunctionKernel<Fill>},
    {.name = "LinSpace",
     .types = {{{"T", kDoubleOrFloat}}},
     .make = MakeFunctionKernel<LinSpace>,
     .tolerance = Tolerance::kRounding},
    {.name = "OneHot", .types = {}, .make = MakeKernel<OneHot>},
    {.name = "OnesLike", .types = {{{"T", kNumbers | DataType::kBool}}}, .make = MakeFunctionKernel<OnesLike>},
    {.name = "Range",
     .types = {{{"Tidx", kRealNumbers}}},
     .make = MakeFunctionKernel<Range>,
     .tolerance = Tolerance::kRounding},
    {.name = "ZerosLike", .types = {{{"T", kAllTypes - DataType::kResource}}}, .make = MakeFunctionKernel<ZerosLike>},
};

}  // namespace

std::span<const Op> ArrayFillOps() { return kOps; }

}  // namespace smcli
