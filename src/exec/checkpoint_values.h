// CheckpointValues: the checkpoint of a SavedModel as the executor reads it, opened when the first value is wanted.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/result.h"
#include "ops/checkpoint_source.h"

namespace smcli {

class BundleReader;
class ThreadPool;

class CheckpointValues final : public CheckpointSource {
 public:
  // `prefix`: "<export dir>/variables/variables"; empty: the model has no checkpoint.
  CheckpointValues(FileSystem& files, ThreadPool& pool, std::string prefix);
  ~CheckpointValues() override;

  const std::string& prefix() const { return prefix_; }
  // Is there a checkpoint? A model without variables has none.
  bool exists() const;
  bool Contains(std::string_view key);
  // The tensor, mapped where possible, its checksum verified.
  Result<Tensor> Read(std::string_view key);
  Result<Tensor> Read(std::string_view prefix, std::string_view key) override;
  // The bytes under _CHECKPOINTABLE_OBJECT_GRAPH; none where there is no such key.
  Result<MappedFile> ObjectGraph();

 private:
  Result<BundleReader*> Reader();

  FileSystem& files_;
  ThreadPool& pool_;
  std::string prefix_;
  std::mutex mutex_;
  std::unique_ptr<BundleReader> reader_;
};

}  // namespace smcli
