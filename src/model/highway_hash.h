// HighwayHash-64 under the key of Riegeli's record files (chunked.md 4).
#pragma once

#include <cstdint>
#include <string_view>

namespace smcli {

uint64_t RiegeliHash(std::string_view bytes);

}  // namespace smcli
