// Numbers into bytes, little-endian. The reverse is ByteReader (base/bytes.h).
#pragma once

#include <string>
#include <type_traits>

#include "base/bytes.h"

namespace smcli {

template <typename T>
void AppendFixed(T value, std::string& out) {
  static_assert(std::is_integral_v<T>);
  out.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

}  // namespace smcli
