#include "exec/checkpoint_values.h"

#include "base/file.h"
#include "checkpoint/bundle_reader.h"

namespace smcli {

CheckpointValues::CheckpointValues(FileSystem& files, ThreadPool& pool, std::string prefix)
    : files_(files), pool_(pool), prefix_(std::move(prefix)) {}
CheckpointValues::~CheckpointValues() = default;

bool CheckpointValues::exists() const { return !prefix_.empty() && files_.Exists(prefix_ + ".index"); }

Result<BundleReader*> CheckpointValues::Reader() {
  std::lock_guard lock(mutex_);
  if (!reader_) {
    if (prefix_.empty()) return NotFoundError("the model has no checkpoint");
    SMCLI_ASSIGN_OR_RETURN(reader_, BundleReader::Open(files_, prefix_));
  }
  return reader_.get();
}

bool CheckpointValues::Contains(std::string_view key) {
  const auto reader = Reader();
  return reader.ok() && (*reader)->Find(key) != nullptr;
}

Result<Tensor> CheckpointValues::Read(std::string_view key) {
  SMCLI_ASSIGN_OR_RETURN(BundleReader * reader, Reader());
  const BundleEntry* entry = reader->Find(key);
  if (entry == nullptr) return reader->Read(key);
  BundleReader::ReadOptions options;
  options.pool = &pool_;
  return reader->Read(*entry, options);
}

Result<Tensor> CheckpointValues::Read(std::string_view prefix, std::string_view key) {
  if (prefix != prefix_)
    return UnsupportedError("restoring from '{}': only the model's own checkpoint is read", prefix);
  return Read(key);
}

Result<MappedFile> CheckpointValues::ObjectGraph() {
  SMCLI_ASSIGN_OR_RETURN(BundleReader * reader, Reader());
  return reader->ObjectGraph();
}

}  // namespace smcli
