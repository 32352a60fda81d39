// ElementChain: several element-wise ops in a row, of which each reads only the one before and operands of its own,
// computed together: scale, shift and activation of a batch normalisation pass over memory once instead of three times.
// Blocks that fit into the cache go through the same loops as the ops alone would use, so the bits are the same.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ops/element_function.h"
#include "ops/inner_step.h"
#include "ops/kernel.h"

namespace smcli {

struct ChainLink {
  InnerStep step;       // the op alone, for shapes that cannot be computed in blocks
  UnaryFunction unary;  // one of the two
  BinaryFunction binary;
  bool is_bias = false;
  bool commutes = false;  // may the chain come in as the second operand?

  bool is_binary() const { return static_cast<bool>(binary); }
};

// The functions of a float op that can be a link; nullopt for others. `step` is left to the caller.
std::optional<ChainLink> FindChainLink(std::string_view op, const AttrReader& attrs);

// Inputs: what the first link reads from the chain, then the operand of each binary link in their order. It tells
// monitors about its links by itself.
class ElementChain final : public Kernel {
 public:
  static constexpr size_t kMostLinks = 16;
  // At most kMostLinks, whose kernels must outlive it. `function`: the graph they lie in.
  ElementChain(std::vector<ChainLink> links, std::string function);

  Status Compute(KernelContext& ctx) const override;

 private:
  struct Operands;
  Status ComputeInBlocks(KernelContext& ctx, Operands& operands, size_t count) const;
  Status ComputeOneByOne(KernelContext& ctx) const;

  std::vector<ChainLink> links_;
  std::string function_;
  double nanoseconds_ = 0;  // of an element
};

}  // namespace smcli
