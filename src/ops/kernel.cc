#include "ops/kernel.h"

namespace smcli {

Tensor KernelContext::TakeInput(int i) {
  const uint32_t index = inputs_[static_cast<size_t>(i)];
  Tensor& slot = slots_[index & ~kLastUse];
  if (index & kLastUse) return std::move(slot);
  return slot;
}

Result<Tensor*> KernelContext::Allocate(int output, DataType dtype, const Shape& shape) {
  SMCLI_ASSIGN_OR_RETURN(Tensor made, Tensor::Make(dtype, shape));
  Tensor& slot = outputs_[static_cast<size_t>(output)];
  slot = std::move(made);
  return &slot;
}

bool KernelContext::CanForward(int input, const Shape& shape, DataType dtype) const {
  const uint32_t index = inputs_[static_cast<size_t>(input)];
  if ((index & kLastUse) == 0) return false;
  const Tensor& tensor = slots_[index & ~kLastUse];
  return SizeOf(dtype) > 0 && SizeOf(tensor.dtype()) == SizeOf(dtype) && tensor.exclusive() && tensor.shape() == shape;
}

Result<Tensor*> KernelContext::AllocateOrForward(int input, int output, DataType dtype, const Shape& shape) {
  return AllocateOrForward(std::span<const int>(&input, 1), output, dtype, shape);
}

Result<Tensor*> KernelContext::AllocateOrForward(std::span<const int> candidates, int output, DataType dtype,
                                                 const Shape& shape) {
  for (int candidate : candidates) {
    if (!CanForward(candidate, shape, dtype)) continue;
    Tensor taken = TakeInput(candidate);
    Tensor& slot = outputs_[static_cast<size_t>(output)];
    slot = taken.dtype() == dtype ? std::move(taken) : std::move(taken).WithDtype(dtype);
    return &slot;
  }
  return Allocate(output, dtype, shape);
}

}  // namespace smcli
