// WireSchema: the messages of our .proto files as far as their encoding goes, read from protoc's own description of
// them (a FileDescriptorSet). Protobuf's descriptors of the same cost a millisecond, a third of a small model's run,
// and most of that for what nobody asks here.
#pragma once

#include <cstdint>
#include <deque>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace smcli {

struct WireMessage;

// FieldDescriptorProto.Type, those that are told apart.
enum class WireFieldKind : uint8_t {
  kDouble = 1,
  kFloat = 2,
  kFixed64 = 6,
  kFixed32 = 7,
  kString = 9,
  kMessage = 11,
  kBytes = 12,
  kSfixed32 = 15,
  kSfixed64 = 16,
};

struct WireFieldType {
  uint32_t number = 0;
  WireFieldKind kind = {};
  bool repeated = false;
  std::string_view name;
  std::string_view type_name;            // of a message: ".tensorflow.NodeDef"
  const WireMessage* message = nullptr;  // likewise
};

struct WireMessage {
  std::string_view name;  // "NodeDef"
  std::vector<WireFieldType> fields;

  // Null where there is no such number.
  const WireFieldType* Find(uint32_t number) const;
};

class WireSchema {
 public:
  // Of all our messages; made when it is first asked for.
  static const WireSchema& Of();

  // "tensorflow.SavedModel"; null where there is none.
  const WireMessage* Find(std::string_view full_name) const;

 private:
  explicit WireSchema(std::string_view file_descriptor_set);
  void AddFile(std::string_view file);
  void AddMessage(std::string_view descriptor, const std::string& scope);
  void Connect();

  std::deque<std::string> names_;  // "tensorflow.NodeDef"
  std::deque<WireMessage> messages_;
  std::unordered_map<std::string_view, WireMessage*> by_name_;
};

}  // namespace smcli
