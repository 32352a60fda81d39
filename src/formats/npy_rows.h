// NpyRowWriter: a .npy file that is written a few rows at a time, for arrays that need not fit into memory.
#pragma once

#include <memory>
#include <string>

#include "base/file.h"
#include "base/result.h"
#include "tensor/tensor.h"

namespace smcli {

class NpyRowWriter {
 public:
  // Can tensors of this dtype be written without knowing them all? Strings cannot: the longest decides.
  static bool Holds(DataType dtype);

  // For `rows` rows like those of `first`, which is not written yet.
  static Result<std::unique_ptr<NpyRowWriter>> Create(FileSystem& files, const std::string& path, const Tensor& first,
                                                      int64_t rows);

  // Some further rows, of the same dtype and row shape.
  Status Append(const Tensor& rows);
  // The file appears in its place, complete.
  Status Commit();

 private:
  explicit NpyRowWriter(std::unique_ptr<OutputFile> file) : file_(std::move(file)) {}
  std::unique_ptr<OutputFile> file_;
};

}  // namespace smcli
