// DataFiles: the data files of a bundle, mapped when they are first needed and kept.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/result.h"

namespace smcli {

class DataFiles {
 public:
  explicit DataFiles(const FileSystem& files) : files_(files) {}

  // `InvalidModelError` BundleDataFileMissing, which names data files of another count, if there are any.
  Result<MappedFile> Map(int shard, const std::string& path);

 private:
  const FileSystem& files_;
  std::mutex mutex_;
  std::map<int, MappedFile> mapped_;
};

// ": it is a Git LFS pointer, not the file itself" where a file's bytes show this; else nothing.
std::string_view PointerHint(std::string_view file);

}  // namespace smcli
