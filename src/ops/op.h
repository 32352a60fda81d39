// Op: a row of the table of everything the executor can run. Rows are const data at the end of each family's file;
// registry.cc lists the families. Arity, attribute names and defaults are not repeated here: the OpDef has them.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "base/result.h"
#include "ops/kernel.h"
#include "ops/node_info.h"
#include "tensor/dtype.h"

namespace smcli {

// What a golden test forgives.
enum class Tolerance { kExact, kRounding, kRandom };

struct TypeConstraint {
  std::string_view attr;  // a type attribute of the OpDef, e.g. "T"
  DataTypeSet types;      // what our kernel takes
};

using KernelFactory = Result<std::unique_ptr<Kernel>> (*)(const NodeInfo& node);

struct Op {
  std::string_view name;
  // Attributes not listed may have any type that the OpDef allows. A node outside is reported as unsupported (exit 4)
  // when the Plan is built; the factory need not check again.
  std::array<TypeConstraint, 3> types;
  KernelFactory make;
  Tolerance tolerance = Tolerance::kExact;
  // Same inputs, same outputs, no state touched: may be folded, moved, merged. Random and resource ops are not pure.
  bool pure = true;
};

// A factory for kernels without attributes: a plain function.
template <Status (*Function)(KernelContext&)>
Result<std::unique_ptr<Kernel>> MakeFunctionKernel(const NodeInfo&) {
  struct FunctionKernel final : Kernel {
    Status Compute(KernelContext& ctx) const override { return Function(ctx); }
  };
  return std::make_unique<FunctionKernel>();
}

// A factory for a class with `static Result<K> Make(const NodeInfo&)`.
template <typename K>
Result<std::unique_ptr<Kernel>> MakeKernel(const NodeInfo& node) {
  SMCLI_ASSIGN_OR_RETURN(K kernel, K::Make(node));
  return std::unique_ptr<Kernel>(new K(std::move(kernel)));
}

}  // namespace smcli
