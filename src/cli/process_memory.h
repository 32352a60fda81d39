// How much memory this process has taken at most.
#pragma once

#include <cstdint>

namespace smcli {

// Peak resident set in bytes, of this program alone: the kernel's VmHWM begins anew at exec, unlike getrusage's figure,
// which a child inherits. 0 where the system does not tell.
int64_t PeakResidentBytes();

}  // namespace smcli
