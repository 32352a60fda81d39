// Computation: a function of the model's library from scalars to scalars, as XLA's reductions, scatters and sorts take
// one, applied to many elements at once.
#pragma once

#include <atomic>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ops/kernel.h"
#include "ops/node_info.h"
#include "tensor/tensor.h"

namespace smcli {

class Computation {
 public:
  // The function that the node's attribute names. `InvalidModelError` when it does not take and return so many values.
  static Result<std::unique_ptr<Computation>> Make(const NodeInfo& node, std::string_view attr, int num_args,
                                                   int num_rets);

  // Element i of every result is the function of elements i of the arguments; all have `count` elements, in vectors
  // (or scalars where count is 1). `ModelError` when a result is no scalar of the expected type.
  Status Map(RunServices& services, std::vector<Tensor> args, int64_t count, std::span<const DataType> results,
             std::vector<Tensor>& rets) const;

 private:
  Status One(RunServices& services, std::span<const Tensor> args, int64_t i, std::span<const DataType> results,
             std::vector<Tensor>& rets) const;
  Result<bool> AllAtOnce(RunServices& services, std::span<const Tensor> args, int64_t count,
                         std::span<const DataType> results, std::vector<Tensor>& rets) const;

  CallableFunction* function_ = nullptr;
  // Cleared when the function turns out to mean something else for vectors.
  mutable std::atomic<bool> takes_vectors_ = true;
};

}  // namespace smcli
