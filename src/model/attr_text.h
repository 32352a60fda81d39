// Attributes of nodes in one line.
#pragma once

#include <string>
#include <string_view>

namespace smcli {

// The bytes of an AttrValue as people read them: float32, [1,2,2,1], "SAME", [?,3], a function's name. Of a tensor its
// type, and its values where they are few.
std::string AttrText(std::string_view attr_value);

}  // namespace smcli
