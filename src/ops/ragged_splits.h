// Row splits: where each row of a ragged dimension begins and ends in the dimension below it.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "tensor/tensor.h"

namespace smcli {

// The row splits of an input, an int32 or int64 vector. ModelError when it is empty, does not begin with 0, decreases,
// or (with `rows_below` >= 0) does not end with that many rows.
Result<std::vector<int64_t>> ReadSplits(const Tensor& tensor, int64_t rows_below);

}  // namespace smcli
