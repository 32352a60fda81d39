#include "model/wire_check.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/message.h>
#include <google/protobuf/stubs/logging.h>

#include <vector>

#include "base/utf8.h"
#include "base/wire.h"

namespace smcli {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

constexpr size_t kMaxDepth = 100;  // protobuf's limit: messages below the root

// One message that is being read, and the field of its parent that it is.
struct Level {
  const Descriptor* type;
  std::string_view bytes;
  WireReader reader;
  const FieldDescriptor* field;
};

// Which element of the repeated field of `parent` the message is that begins at `child`.
int64_t ElementIndex(std::string_view parent, int number, const char* child) {
  int64_t index = -1;
  WireReader reader(parent);
  WireField field;
  while (reader.Next(field)) {
    if (field.number == static_cast<uint32_t>(number)) ++index;
    if (field.type == WireType::kBytes && field.bytes.data() == child) break;
  }
  return index;
}

class Checker {
 public:
  explicit Checker(const char* origin) : origin_(origin) {}

  Status Check(std::string_view bytes, const Descriptor& type) {
    levels_.push_back({&type, bytes, WireReader(bytes, origin_), nullptr});
    WireField field;
    while (!levels_.empty()) {
      Level& level = levels_.back();
      if (!level.reader.Next(field)) {
        if (!level.reader.ok()) return level.reader.status().Annotate(Path(nullptr));
        levels_.pop_back();
        continue;
      }
      const FieldDescriptor* known = level.type->FindFieldByNumber(static_cast<int>(field.number));
      if (known == nullptr || field.type != WireType::kBytes) continue;
      SMCLI_RETURN_IF_ERROR(CheckBytes(field, *known));
    }
    return {};
  }

 private:
  Status CheckBytes(const WireField& field, const FieldDescriptor& known) {
    switch (known.type()) {
      case FieldDescriptor::TYPE_STRING:
        return IsValidUtf8(field.bytes) ? Status() : Fault(field, &known, "is not UTF-8 (ProtoBadUtf8)");
      case FieldDescriptor::TYPE_MESSAGE: {
        if (levels_.size() > kMaxDepth)
          return Fault(field, &known, "is nested more than 100 levels deep (ProtoTooDeep)");
        levels_.push_back({known.message_type(), field.bytes, WireReader(field.bytes, origin_), &known});
        return {};
      }
      case FieldDescriptor::TYPE_BYTES: return {};
      default: return CheckPacked(field, known);
    }
  }

  Status CheckPacked(const WireField& field, const FieldDescriptor& known) {
    if (!known.is_repeated()) return {};  // a wrong wire type: an unknown field
    size_t unit = 0;
    switch (known.type()) {
      case FieldDescriptor::TYPE_FLOAT:
      case FieldDescriptor::TYPE_FIXED32:
      case FieldDescriptor::TYPE_SFIXED32: unit = 4; break;
      case FieldDescriptor::TYPE_DOUBLE:
      case FieldDescriptor::TYPE_FIXED64:
      case FieldDescriptor::TYPE_SFIXED64: unit = 8; break;
      default: break;
    }
    const bool whole = unit != 0 ? field.bytes.size() % unit == 0 : ForEachPackedVarint(field.bytes, [](uint64_t) {});
    return whole ? Status() : Fault(field, &known, "is a packed list that is cut off (ProtoTruncated)");
  }

  Status Fault(const WireField& field, const FieldDescriptor* known, std::string_view reason) const {
    return InvalidModelError("byte {}: {} {}", field.whole.data() - origin_, Path(known), reason);
  }

  std::string Path(const FieldDescriptor* last) const {
    std::string path;
    if (levels_.size() == 1 && last == nullptr) return levels_[0].type->name();
    for (size_t i = 1; i < levels_.size() && i < 12; ++i) {
      path += fmt::format("{}{}", path.empty() ? "" : ".", levels_[i].field->name());
      if (levels_[i].field->is_repeated()) {
        path += fmt::format("[{}]",
                            ElementIndex(levels_[i - 1].bytes, levels_[i].field->number(), levels_[i].bytes.data()));
      }
    }
    if (levels_.size() > 12) path += "...";
    if (last != nullptr) path += fmt::format("{}{}", path.empty() ? "" : ".", last->name());
    return path;
  }

  const char* origin_;
  std::vector<Level> levels_;
};

}  // namespace

Status CheckWire(std::string_view bytes, const Descriptor& type, const char* origin) {
  return Checker(origin).Check(bytes, type);
}

Status ParseMessage(std::string_view bytes, const char* origin, google::protobuf::Message* message) {
  if (bytes.size() > static_cast<size_t>(INT32_MAX)) {
    return UnsupportedError("a {} of {} bytes is larger than protobuf can handle (ProtoTooLarge)",
                            message->GetDescriptor()->name(), bytes.size());
  }
  const google::protobuf::LogSilencer silence;  // protobuf would write to stderr by itself
  if (message->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return {};
  SMCLI_RETURN_IF_ERROR(CheckWire(bytes, *message->GetDescriptor(), origin));
  return InvalidModelError("byte {}: no {} can be read here", bytes.data() - origin, message->GetDescriptor()->name());
}

std::string CanonicalBytes(const google::protobuf::Message& message) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream out(&stream);
  out.SetSerializationDeterministic(true);
  message.SerializeToCodedStream(&out);
  out.Trim();
  return bytes;
}

}  // namespace smcli
