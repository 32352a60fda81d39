// PaddedWindow: Pad and the convolution that alone reads what it gives, as one step. The convolution takes the zeros at
// the border for granted, as it does with padding SAME, and the padded image, often the largest tensor of a model that
// came from another framework, is never made. Sums have the same terms in the same order, but for products of those
// zeros.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "ops/inner_step.h"
#include "ops/kernel.h"

namespace smcli {

// A kernel over windows of images, its input 0.
class PaddableKernel : public Kernel {
 public:
  // The same over images with so many zeros more at their borders: before and after each dimension, in their order.
  // Null where it cannot: batch or channels padded, padding of its own that depends on the image.
  virtual std::unique_ptr<Kernel> WithPadding(std::span<const int64_t> pads) const = 0;
};

// Inputs: the image before it is padded, then what else the convolution reads. It tells monitors about both ops by
// itself, and names the one that fails.
class PaddedWindow final : public Kernel {
 public:
  // Both ops' kernels must outlive it. `paddings`: of Pad, [rank, 2]. Null where the convolution cannot pad by itself.
  static std::unique_ptr<PaddedWindow> Make(InnerStep pad, InnerStep window, Tensor paddings, std::string function);

  Status Compute(KernelContext& ctx) const override;

 private:
  Status ComputeApart(KernelContext& ctx) const;

  InnerStep pad_, window_;
  Tensor paddings_;
  std::string function_;
  std::unique_ptr<Kernel> together_;
};

}  // namespace smcli
