// The statistics and both checksums of a block of floats in one pass, so that all of the arithmetic hides behind the
// memory that it waits for.
#pragma once

#include <cstddef>
#include <cstdint>

#include "loops/loops.h"

namespace smcli {

// Adds to `totals` what ChangeOfElements says of two runs of `size` bytes of floats without tolerances, to the bit, and
// extends the checksums by either run. False, with nothing changed: the machine, the size (not whole steps of 256
// bytes) or a number that is not finite asks for the ordinary way.
bool CompareFloatBlock(const char* before, const char* after, size_t size, uint32_t& crc_before, uint32_t& crc_after,
                       ChangeTotals& totals);

}  // namespace smcli
