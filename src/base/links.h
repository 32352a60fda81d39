// Where symbolic links lead. The operating system itself is asked, not a FileSystem.
#pragma once

#include <string>
#include <string_view>

namespace smcli {

// The absolute path without links, "." and ".."; empty where nothing is there.
std::string RealPath(const std::string& path);

// Does `path`, both of them from RealPath, lie in `folder`?
bool LiesIn(std::string_view path, std::string_view folder);

}  // namespace smcli
