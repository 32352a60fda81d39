// RowCollector: puts the outputs of the parts of a split run together, in their order. Where an output goes to a .npy
// file, its rows are written as they come and the file then stands for the tensor, so memory holds a few parts only.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/env.h"
#include "formats/npy_rows.h"
#include "model/signature.h"
#include "tensor/tensor.h"

namespace smcli {

class RowCollector {
 public:
  // `paths`: beside the outputs, where each is saved; empty: nowhere.
  RowCollector(Env& env, const std::vector<TensorSpec>& specs, std::vector<std::string> paths, int64_t rows);

  // The outputs of the next part, which have been found to have its rows. `UsageError` when the rest of a shape differs
  // from that of the parts before.
  Status Take(std::vector<Tensor> outputs);
  // All rows, once every part was taken.
  Result<std::vector<Tensor>> Finish();
  // Has Finish written the file of this output?
  bool saved(size_t output) const { return columns_[output].file != nullptr; }

 private:
  struct Column {
    Tensor first;                        // of the first part: dtype and row shape
    Tensor all;                          // in memory
    std::unique_ptr<NpyRowWriter> file;  // or on disk
  };
  Status Begin(Column& column, const Tensor& part, size_t output);
  Status Append(Column& column, Tensor part, size_t output);

  Env& env_;
  const std::vector<TensorSpec>& specs_;
  std::vector<std::string> paths_;
  int64_t rows_;
  int64_t taken_ = 0;  // rows
  std::vector<Column> columns_;
};

}  // namespace smcli
