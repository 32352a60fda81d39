// Complex numbers taken apart and put together.
#include <cmath>
#include <complex>

#include "ops/broadcast.h"
#include "ops/op.h"

namespace smcli {
namespace {

DataType PartType(DataType dtype) { return dtype == DataType::kComplex128 ? DataType::kDouble : DataType::kFloat; }

// One real number for each complex one.
template <typename F>
Status ToReal(KernelContext& ctx, F&& f) {
  const Tensor& input = ctx.input(0);
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, PartType(input.dtype()), input.shape()));
  DispatchComplexes(input.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    const T* from = input.data<T>();
    auto* to = out->mutable_data<typename T::value_type>();
    ctx.pool().ParallelFor(input.num_elements(), ThreadPool::GrainOf(10), [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) to[i] = f(from[i]);
    });
  });
  return {};
}

Status Real(KernelContext& ctx) {
  return ToReal(ctx, [](auto z) { return z.real(); });
}
Status Imag(KernelContext& ctx) {
  return ToReal(ctx, [](auto z) { return z.imag(); });
}
Status Abs(KernelContext& ctx) {
  return ToReal(ctx, [](auto z) { return std::abs(z); });
}
Status Angle(KernelContext& ctx) {
  return ToReal(ctx, [](auto z) { return std::arg(z); });
}

Status Conj(KernelContext& ctx) {
  const Tensor& input = ctx.input(0);
  const DataType dtype = input.dtype();
  if (!kComplexes.Contains(dtype)) {
    ctx.set_output(0, ctx.TakeInput(0));
    return {};
  }
  const Shape shape = input.shape();
  const void* from = input.raw_data();
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.AllocateOrForward(0, 0, dtype, shape));
  DispatchComplexes(dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    T* to = out->mutable_data<T>();
    for (int64_t i = 0; i < shape.num_elements(); ++i) to[i] = std::conj(static_cast<const T*>(from)[i]);
  });
  return {};
}

// (real, imag), broadcast against each other.
Status Complex(KernelContext& ctx) {
  const Tensor &real = ctx.input(0), &imag = ctx.input(1);
  SMCLI_ASSIGN_OR_RETURN(const Shape shape, BroadcastShape(real.shape(), imag.shape()));
  const bool wide = real.dtype() == DataType::kDouble;
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, wide ? DataType::kComplex128 : DataType::kComplex64, shape));
  DispatchComplexes(out->dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    using Part = typename T::value_type;
    const auto count = static_cast<size_t>(shape.num_elements());
    if (count == 0) return;
    std::vector<Part> parts(count);
    T* to = out->mutable_data<T>();
    BroadcastWalk(real.shape(), shape).Gather(real.data<Part>(), 0, shape.num_elements(), parts.data());
    for (size_t i = 0; i < count; ++i) to[i] = T(parts[i], Part(0));
    BroadcastWalk(imag.shape(), shape).Gather(imag.data<Part>(), 0, shape.num_elements(), parts.data());
    for (size_t i = 0; i < count; ++i) to[i].imag(parts[i]);
  });
  return {};
}

constexpr Op kOps[] = {
    {.name = "Angle",
     .types = {{{"T", kComplexes}}},
     .make = MakeFunctionKernel<Angle>,
     .tolerance = Tolerance::kRounding},
    {.name = "Complex", .types = {}, .make = MakeFunctionKernel<Complex>},
    {.name = "ComplexAbs",
     .types = {{{"T", kComplexes}}},
     .make = MakeFunctionKernel<Abs>,
     .tolerance = Tolerance::kRounding},
    {.name = "Conj", .types = {{{"T", kComplexes | DataType::kVariant}}}, .make = MakeFunctionKernel<Conj>},
    {.name = "Imag", .types = {{{"T", kComplexes}}}, .make = MakeFunctionKernel<Imag>},
    {.name = "Real", .types = {{{"T", kComplexes}}}, .make = MakeFunctionKernel<Real>},
};

}  // namespace

std::span<const Op> ComplexOps() { return kOps; }

}  // namespace smcli
