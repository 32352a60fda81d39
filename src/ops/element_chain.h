// ElementChain: several element-wise ops in a row, of which each reads only the one before and operands of its own,
// computed together: scale, shift and activation of a batch normalisation pass over memory once instead of three times.
// Blocks that fit into the cache go through the same loops as the ops alone would use, so the bits are the same.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ops/element_function.h"
#include "ops/inner_step.h"
#include "ops/kernel.h"

namespace smcli {

struct ChainLink {
  InnerStep step;       // the op alone, where it cannot be computed in blocks
  UnaryFunction unary;  // one of the two
  BinaryFunction binary;
  bool is_bias = false;
  bool commutes = false;  // may the chain come in as the second operand?

  bool is_binary() const { return static_cast<bool>(binary); }
};

// The functions of a float op that can be a link; nullopt for others. `step` is left to the caller.
std::optional<ChainLink> FindChainLink(std::string_view op, const AttrReader& attrs);

// Inputs: what the first link reads from the chain, then the operand of each binary link in their order. It tells
// monitors about its links by itself, and names the one that fails.
class ElementChain final : public Kernel {
 public:
  static constexpr size_t kMostLinks = 16;
  // At most kMostLinks, whose kernels must outlive it. `function`: the graph they lie in.
  ElementChain(std::vector<ChainLink> links, std::string function);

  Status Compute(KernelContext& ctx) const override;

 private:
  struct Operands;
  // The first link from `first` on whose operand, the first of which is input `operand`, cannot be laid out in blocks
  // beside a tensor of shape `x`; those before it come out in `operands`.
  size_t FindFitting(KernelContext& ctx, size_t first, int operand, const Shape& x, Operands& operands) const;
  Result<Tensor> ComputeInBlocks(KernelContext& ctx, std::span<const ChainLink> links, Operands& operands,
                                 Tensor x) const;
  Result<Tensor> ComputeAlone(KernelContext& ctx, const ChainLink& link, Tensor x, const Tensor* operand) const;

  std::vector<ChainLink> links_;
  std::string function_;
  double nanoseconds_ = 0;  // of an element
};

}  // namespace smcli
