// Names that deceive who looks at a model: terminals obey control characters, and bidirectional controls let text
// pretend to stand elsewhere.
#pragma once

#include <string_view>

namespace smcli {

// Does the name hold such characters, or bytes that are not UTF-8?
bool HasControls(std::string_view name);

}  // namespace smcli
