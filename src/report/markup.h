// Text from files, made fit to stand in XML and HTML.
#pragma once

#include <string>
#include <string_view>

namespace smcli {

// Escaped (base/utf8.h), with & < > " ' as entities: for content and for quoted attributes.
std::string Markup(std::string_view text);

}  // namespace smcli
