// V1 checkpoints: one or more table files that hold the values themselves, as SavedTensorSlices messages.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "checkpoint/bundle_reader.h"

namespace smcli {

// The files of the checkpoint: `prefix` itself, or all `prefix`-SSSSS-of-NNNNN, in order; empty where there are none.
std::vector<std::string> FindV1Tables(const FileSystem& files, const std::string& prefix);

// `InvalidModelError` V1MetaMissing and the table's errors.
Result<std::unique_ptr<BundleReader>> OpenV1Checkpoint(const FileSystem& files, const std::string& prefix,
                                                       const std::vector<std::string>& paths);

}  // namespace smcli
