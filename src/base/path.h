// Paths as plain strings with '/'; no file system is asked.
#pragma once

#include <string>
#include <string_view>

namespace smcli {

// "a" + "b" -> "a/b"; "a/" + "b" -> "a/b"; "" + "b" -> "b".
std::string JoinPath(std::string_view directory, std::string_view name);
// What follows the last '/', slashes at the end left out: "a/b/" -> "b", "/" -> "".
std::string_view BaseName(std::string_view path);
// What stands before BaseName, without the '/': "a/b" -> "a", "b" -> "", "/b" -> "/".
std::string_view DirName(std::string_view path);
// Of BaseName, from its last '.': "a/b.tar.gz" -> ".gz", "a.b/c" -> "", ".profile" -> "".
std::string_view Extension(std::string_view path);

}  // namespace smcli
