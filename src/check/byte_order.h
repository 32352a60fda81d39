// A header that names the wrong byte order: no checksum notices, but the numbers do.
#pragma once

#include "checkpoint/bundle_reader.h"

namespace smcli {

// Of a checkpoint that says it is big-endian: are its numbers plain ones (of a size that weights and counters have) in
// the other byte order, and not in its own? A sample is read.
bool MakesSenseOnlySwapped(const BundleReader& reader);

}  // namespace smcli
