#include "model/wire_schema.h"

#include "base/wire.h"

extern "C" {
extern const char smcli_messages_begin[];
extern const char smcli_messages_end[];
}

namespace smcli {
namespace {

// Field numbers of google/protobuf/descriptor.proto.
constexpr uint32_t kSetFile = 1;
constexpr uint32_t kFilePackage = 2, kFileMessage = 4;
constexpr uint32_t kMessageName = 1, kMessageField = 2, kMessageNested = 3;
constexpr uint32_t kFieldName = 1, kFieldNumber = 3, kFieldLabel = 4, kFieldType = 5, kFieldTypeName = 6;
constexpr uint64_t kRepeatedLabel = 3;

template <typename Visit>
void ForEachField(std::string_view message, Visit visit) {
  WireReader reader(message);
  WireField field;
  while (reader.Next(field)) visit(field);
}

WireFieldType ReadField(std::string_view descriptor) {
  WireFieldType type;
  ForEachField(descriptor, [&](const WireField& field) {
    switch (field.number) {
      case kFieldName: type.name = field.bytes; break;
      case kFieldNumber: type.number = static_cast<uint32_t>(field.value); break;
      case kFieldLabel: type.repeated = field.value == kRepeatedLabel; break;
      case kFieldType: type.kind = static_cast<WireFieldKind>(field.value); break;
      case kFieldTypeName: type.type_name = field.bytes; break;
      default: break;
    }
  });
  return type;
}

}  // namespace

const WireFieldType* WireMessage::Find(uint32_t number) const {
  // Most messages number their fields from 1 on.
  if (number - 1 < fields.size() && fields[number - 1].number == number) return &fields[number - 1];
  for (const WireFieldType& field : fields) {
    if (field.number == number) return &field;
  }
  return nullptr;
}

const WireSchema& WireSchema::Of() {
  static const WireSchema schema(
      {smcli_messages_begin, static_cast<size_t>(smcli_messages_end - smcli_messages_begin)});
  return schema;
}

WireSchema::WireSchema(std::string_view file_descriptor_set) {
  ForEachField(file_descriptor_set, [&](const WireField& field) {
    if (field.number == kSetFile) AddFile(field.bytes);
  });
  Connect();
}

const WireMessage* WireSchema::Find(std::string_view full_name) const {
  const auto at = by_name_.find(full_name);
  return at == by_name_.end() ? nullptr : at->second;
}

void WireSchema::AddFile(std::string_view file) {
  std::string package;
  ForEachField(file, [&](const WireField& field) {
    if (field.number == kFilePackage) package = field.bytes;
    if (field.number == kFileMessage) AddMessage(field.bytes, package);
  });
}

// Messages lie in messages as deep as our own .proto files say.
void WireSchema::AddMessage(std::string_view descriptor, const std::string& scope) {
  WireMessage& message = messages_.emplace_back();
  std::string& full_name = names_.emplace_back();
  ForEachField(descriptor, [&](const WireField& field) {
    if (field.number == kMessageName) {
      message.name = field.bytes;
      full_name = scope + "." + std::string(field.bytes);
    }
    if (field.number == kMessageField) message.fields.push_back(ReadField(field.bytes));
    if (field.number == kMessageNested) AddMessage(field.bytes, full_name);
  });
  by_name_.emplace(full_name, &message);
}

void WireSchema::Connect() {
  for (WireMessage& message : messages_) {
    for (WireFieldType& field : message.fields) {
      if (field.kind == WireFieldKind::kMessage) field.message = Find(field.type_name.substr(1));
    }
  }
}

}  // namespace smcli
