// Sums of products over labelled dimensions: what Einsum and XLA's dot come down to.
#pragma once

#include <span>

#include "base/result.h"
#include "base/thread_pool.h"
#include "ops/einsum_equation.h"
#include "tensor/tensor.h"

namespace smcli {

// The types that can be contracted.
inline constexpr DataTypeSet kContractable =
    DataType::kFloat | DataType::kDouble | DataType::kInt32 | DataType::kInt64 | kComplexes;

// One or two operands of one contractable dtype under the labels of `bound`. Labels that only one operand has and the
// output has not are summed first; what remains is a batch of matrix products, brought into the order of the output.
Result<Tensor> Contract(ThreadPool& pool, std::span<const Tensor> operands, const EinsumEquation::Bound& bound);

}  // namespace smcli
