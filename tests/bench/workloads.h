// Large models that are made, not kept: a graph full of constants, a checkpoint of many variables, one of many bytes.
#pragma once

#include <cstdint>
#include <string>

#include "base/file.h"
#include "base/result.h"

namespace smcli {

// A SavedModel message: `constants` Const nodes of `bytes_each`, and as many other nodes again, twice.
std::string GraphOfConstants(int constants, int64_t bytes_each);

// A tensor bundle of `count` float variables of `elements` each, written to `prefix`.
Status WriteVariables(FileSystem& files, const std::string& prefix, int count, int64_t elements);

}  // namespace smcli
