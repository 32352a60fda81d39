// BatchSplit: how the rows of one long input fall into parts that a model runs one by one (run --batch-size).
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/result.h"
#include "model/signature.h"
#include "tensor/tensor.h"

namespace smcli {

class BatchSplit {
 public:
  // Split is every input whose first size is open; they must agree on it. What the model cannot do in parts is a
  // `UsageError` that says why: no such input, an output without rows, sparse and ragged values.
  static Result<BatchSplit> Make(const std::vector<TensorSpec>& inputs, const std::vector<TensorSpec>& outputs,
                                 const std::vector<Tensor>& fed, int64_t part_rows);

  int64_t rows() const { return rows_; }
  int64_t parts() const { return rows_ == 0 ? 1 : (rows_ - 1) / part_rows_ + 1; }
  int64_t first_row(int64_t part) const { return part * part_rows_; }
  int64_t rows_of(int64_t part) const { return std::min(part_rows_, rows_ - first_row(part)); }

  // What to feed for one part; plain rows are not copied.
  Result<std::vector<Tensor>> Inputs(const std::vector<Tensor>& fed, int64_t part) const;
  // `UsageError` when an output of the part does not have the part's rows.
  Status CheckOutputs(const std::vector<TensorSpec>& specs, const std::vector<Tensor>& outputs, int64_t part) const;

 private:
  int64_t rows_ = -1;
  int64_t part_rows_ = 1;
  std::vector<bool> is_split_;  // beside the inputs
};

// The specs as one that splits may take them: a first size that is the part's becomes open.
std::vector<TensorSpec> WithOpenRows(std::vector<TensorSpec> specs, int64_t part_rows);

}  // namespace smcli
