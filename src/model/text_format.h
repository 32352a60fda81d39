// Protobuf's text form: saved_model.pbtxt, and graphs written as text.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace google::protobuf {
class Message;
}  // namespace google::protobuf

namespace smcli {

// `InvalidModelError` "line 3, column 7: ... (TextProtoUnknownField)", TextProtoUnknownEnum or TextProtoSyntax.
Status ParseText(std::string_view text, google::protobuf::Message* message);

// Two blanks per level, one field a line, maps sorted; reads back to the same message.
std::string ToText(const google::protobuf::Message& message);

// The first field name of a text, past comments and blanks; empty: there is none.
std::string_view FirstTextField(std::string_view text);

}  // namespace smcli
