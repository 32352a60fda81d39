// Tensor bundles (checkpoint format V2): their index file and their data files.
#pragma once

#include <memory>
#include <string>

#include "base/file.h"
#include "base/result.h"
#include "checkpoint/bundle_reader.h"

namespace smcli {

// PREFIX.index exists.
Result<std::unique_ptr<BundleReader>> OpenBundle(const FileSystem& files, const std::string& prefix);

// "PREFIX.data-00000-of-00001".
std::string BundleShardPath(const std::string& prefix, int shard, int num_shards);

}  // namespace smcli
