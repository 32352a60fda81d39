// Cross: products of vectors of three (TensorFlow: kernels/cross_op.cc).
#include "ops/arithmetic.h"
#include "ops/op.h"

namespace smcli {
namespace {

// a x b for each three elements on end.
template <typename T>
void CrossAll(const T* a, const T* b, T* y, int64_t begin, int64_t end) {
  const auto minor = [](const T* p, const T* q, int i, int j) { return Minus(Times(p[i], q[j]), Times(p[j], q[i])); };
  for (int64_t at = 3 * begin; at < 3 * end; at += 3) {
    const T answer[] = {minor(a + at, b + at, 1, 2), minor(a + at, b + at, 2, 0), minor(a + at, b + at, 0, 1)};
    std::copy_n(answer, 3, y + at);
  }
}

Status ComputeCross(KernelContext& ctx) {
  const Tensor& a = ctx.input(0);
  const Tensor& b = ctx.input(1);
  if (a.shape() != b.shape()) {
    return ModelError("Both inputs must be of same shape: {} vs. {}", a.shape().ToString(), b.shape().ToString());
  }
  if (a.rank() < 1) return ModelError("Input must be at least 1D, got {}", a.shape().ToString());
  if (a.dim(a.rank() - 1) != 3) {
    return ModelError("Cross-products are only defined for 3-element vectors, got {}", a.shape().ToString());
  }
  SMCLI_ASSIGN_OR_RETURN(Tensor * out, ctx.Allocate(0, a.dtype(), a.shape()));
  DispatchRealNumbers(a.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    T* y = out->mutable_data<T>();
    ctx.pool().ParallelFor(a.num_elements() / 3, ThreadPool::GrainOf(5),
                           [&](int64_t begin, int64_t end) { CrossAll(a.data<T>(), b.data<T>(), y, begin, end); });
  });
  return {};
}

constexpr Op kOps[] = {
    {.name = "Cross",
     .types = {{{"T", kRealNumbers}}},
     .make = MakeFunctionKernel<ComputeCross>,
     .tolerance = Tolerance::kRounding},
};

}  // namespace

std::span<const Op> CrossOps() { return kOps; }

}  // namespace smcli
