// The VersionDef of a checkpoint.
#pragma once

#include <string_view>

#include "base/result.h"

namespace smcli {

// May a reader of checkpoint version 1, which we are, read it? `UnsupportedError` BundleVersionUnsupported otherwise.
Status CheckVersion(std::string_view version_def);

}  // namespace smcli
