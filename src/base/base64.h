// Base64 of RFC 4648, with '=' padding: how JSON carries bytes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace smcli {

std::string Base64Encode(std::string_view bytes);
// Also takes the URL-safe alphabet ('-', '_') and missing padding, as TensorFlow Serving does; nullopt for anything
// else.
std::optional<std::string> Base64Decode(std::string_view text);

}  // namespace smcli
