// A Profile as a table of ops, most expensive first.
#pragma once

#include "exec/profile.h"
#include "report/report.h"

namespace smcli {

// Calls, time without that of called functions, its share and the running sum of shares, and bytes of the outputs, over
// `runs` runs; times and bytes are per run.
Value ProfileTable(const Profile& profile, int64_t runs);

}  // namespace smcli
