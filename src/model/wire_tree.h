// WireMessage: a protobuf message as its fields' bytes, of which some have been opened to be changed. It puts messages
// together that are larger than protobuf can handle, and copies what is not touched only once, when it is written.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/shared_bytes.h"

namespace google::protobuf {
class Descriptor;
class FieldDescriptor;
}  // namespace google::protobuf

namespace smcli {

class WireMessage {
 public:
  explicit WireMessage(const google::protobuf::Descriptor& type) : type_(&type) {}

  const google::protobuf::Descriptor& type() const { return *type_; }

  // Merges a serialized message into this one: repeated fields are appended, messages merged.
  Status Merge(const SharedBytes& message);

  // The message in a singular field, made when missing; `field` is of this type and a message.
  Result<WireMessage*> Enter(const google::protobuf::FieldDescriptor& field);
  // The message in element `index` of a repeated field; empty elements are appended until it exists.
  Result<WireMessage*> EnterElement(const google::protobuf::FieldDescriptor& field, uint64_t index);
  // The value of a map entry, which must be a message, made when missing. `key` is the entry's field 1 as on the wire,
  // tag and all.
  Result<WireMessage*> EnterEntry(const google::protobuf::FieldDescriptor& field, std::string_view key);
  // Sets a string or bytes field.
  void SetBytes(const google::protobuf::FieldDescriptor& field, SharedBytes value);
  Status SetElementBytes(const google::protobuf::FieldDescriptor& field, uint64_t index, SharedBytes value);

  // Bytes of the message when written. At most 100 levels are open, so this and Write go down recursively.
  uint64_t Size() const;
  void Write(std::string& out) const;

 private:
  // Exactly one: a field as it was read, tag and all; a message that was opened; the value of a bytes field.
  struct Item {
    uint32_t number = 0;
    std::string_view whole;
    std::unique_ptr<WireMessage> message;
    SharedBytes value;
    bool is_value = false;
  };

  Item& Add(uint32_t number);
  Result<WireMessage*> Open(Item& item, const google::protobuf::Descriptor& type);
  Result<Item*> Element(uint32_t number, uint64_t index);

  const google::protobuf::Descriptor* type_;
  std::vector<Item> items_;
  std::map<uint32_t, std::vector<size_t>> by_number_;  // positions in items_
  std::vector<std::shared_ptr<const void>> owners_;
};

}  // namespace smcli
