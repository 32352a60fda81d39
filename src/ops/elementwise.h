// Kernels of element-wise ops: one function applied to every element, with broadcasting for two operands.
#pragma once

#include "ops/broadcast.h"
#include "ops/element_function.h"
#include "ops/op.h"

namespace smcli {

// output(0) = function(input(0)), of `dtype` (kBool for predicates), in place when that is possible.
Status ComputeUnary(KernelContext& ctx, const UnaryFunction& function, DataType dtype);

// output(0) = function(input(0), input(1)) with broadcasting. `dtype` is the answer's.
Status ComputeBinary(KernelContext& ctx, const BinaryFunction& function, DataType dtype);

// A kernel that is one function and nothing else.
class UnaryKernel final : public Kernel {
 public:
  UnaryKernel(UnaryFunction function, DataType dtype) : function_(function), dtype_(dtype) {}
  Status Compute(KernelContext& ctx) const override { return ComputeUnary(ctx, function_, dtype_); }

 private:
  UnaryFunction function_;
  DataType dtype_;
};

class BinaryKernel final : public Kernel {
 public:
  BinaryKernel(BinaryFunction function, DataType dtype) : function_(function), dtype_(dtype) {}
  Status Compute(KernelContext& ctx) const override { return ComputeBinary(ctx, function_, dtype_); }

 private:
  BinaryFunction function_;
  DataType dtype_;
};

}  // namespace smcli
