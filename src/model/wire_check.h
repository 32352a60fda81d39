// CheckWire: is a range of bytes a message of this type, all the way down? What protobuf answers with yes or no is
// answered with the byte and the field here, and without building the message.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace google::protobuf {
class Message;
}  // namespace google::protobuf

namespace smcli {

// `InvalidModelError` ProtoTruncated, ProtoBadUtf8, ProtoTooDeep (beyond 100 levels), ... as protobuf's parser would
// refuse it: "byte 17: meta_graphs[0].graph_def.node[3].name: is not UTF-8 (ProtoBadUtf8)". `type` is one of our .proto
// files: "tensorflow.SavedModel".
Status CheckWire(std::string_view bytes, std::string_view type, const char* origin);

// Parses with protobuf, and says where when that fails. `UnsupportedError` ProtoTooLarge beyond 2^31-1 bytes.
Status ParseMessage(std::string_view bytes, const char* origin, google::protobuf::Message* message);

// Serialized in the one canonical form: ascending fields, sorted maps (saved_model.md 2.3).
std::string CanonicalBytes(const google::protobuf::Message& message);

}  // namespace smcli
