#include "ops/move.h"

namespace smcli {
namespace {

// Below this, a copy is cheaper than the bookkeeping of a view, and does not hold the whole tensor in memory.
constexpr int64_t kViewFrom = 32 << 10;

}  // namespace

void CopyElements(const Tensor& from, int64_t from_index, int64_t count, Tensor& to, int64_t to_index) {
  DispatchMove(from.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    CopyRun(from.data<T>() + from_index, count, to.mutable_data<T>() + to_index);
  });
}

void FillZero(Tensor& tensor) {
  DispatchMove(tensor.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    if constexpr (std::is_trivially_copyable_v<T>) {
      if (tensor.num_elements() > 0) std::memset(tensor.mutable_raw_data(), 0, tensor.num_bytes());
    } else {
      std::ranges::fill(tensor.mutable_flat<T>(), T());
    }
  });
}

Result<Tensor> SubTensor(const Tensor& tensor, int64_t first, const Shape& shape) {
  if (shape.num_elements() == tensor.num_elements()) return tensor.Reshaped(shape);
  const int64_t element = SizeOf(tensor.dtype());
  if (shape.num_elements() * element >= kViewFrom) return tensor.Part(first, shape);
  SMCLI_ASSIGN_OR_RETURN(Tensor copy, Tensor::Make(tensor.dtype(), shape));
  CopyElements(tensor, first, shape.num_elements(), copy, 0);
  return copy;
}

Result<Tensor> Exclusive(Tensor tensor) {
  if (tensor.exclusive()) return tensor;
  return tensor.Clone();
}

}  // namespace smcli
