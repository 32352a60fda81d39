// Tensors in NumPy's files: what run saves, and what it compares with.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/result.h"
#include "cli/env.h"
#include "tensor/tensor.h"

namespace smcli {

// What NumPy's files cannot hold as it is, told once each on stderr: bfloat16 becomes float32, strings lose trailing
// NULs.
class SavingNotes {
 public:
  explicit SavingNotes(Env& env) : env_(env) {}
  void Say(std::string_view name, bool widened, bool lost_zeros);

 private:
  Env& env_;
  bool widened_ = false, lost_zeros_ = false;
};

// One array, in a folder that is made when it is missing. The file is complete or absent. `UnsupportedError` for
// handles and variants, which are no arrays; `name` is for messages.
Status SaveNpy(Env& env, const std::string& path, const Tensor& tensor, std::string_view name, SavingNotes& notes);

// Tensors on their way into an .npz file, one after another. The file is complete or absent.
class TensorArchive {
 public:
  static Result<std::unique_ptr<TensorArchive>> Create(Env& env, const std::string& path);
  // Into `bytes`, which must outlive the archive: for stdout.
  static std::unique_ptr<TensorArchive> InMemory(Env& env, std::string& bytes);
  virtual ~TensorArchive() = default;
  // `UnsupportedError` for handles and variants.
  virtual Status Add(std::string_view name, const Tensor& tensor) = 0;
  virtual Status Finish() = 0;
};

bool IsTensorArchive(const FileSystem& files, const std::string& path);
Result<std::map<std::string, Tensor, std::less<>>> ReadTensorArchive(const FileSystem& files, const std::string& path);

}  // namespace smcli
